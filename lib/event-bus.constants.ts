import { DeadLetters } from './consuming/dead-letters/dead-letters.js';
import { EventBusStatus } from './observability/event-bus-status.js';
import { EventBusProducer } from './producing/event-bus-producer.js';

/** Name of the bus that `forRoot` without `name` makes. */
export const DEFAULT_EVENT_BUS = 'default';

function named(part: string, bus: string): string {
  return `openedx-event-bus:${bus}:${part}`;
}

/** The token that injects the EventBusOptions of a bus: what `forRoot` was given, or `forRootAsync` made. */
export function getEventBusOptionsToken(bus: string = DEFAULT_EVENT_BUS): string {
  return named('options', bus);
}

/** The token that injects the ResolvedSettings of a bus. */
export function getEventBusSettingsToken(bus: string = DEFAULT_EVENT_BUS): string {
  return named('settings', bus);
}

/** The token that injects the EventCatalog of a bus: the events of Open edX and those that were added. */
export function getEventCatalogToken(bus: string = DEFAULT_EVENT_BUS): string {
  return named('catalog', bus);
}

/** The token that injects the TransportParts of a bus. */
export function getEventBusTransportToken(bus: string = DEFAULT_EVENT_BUS): string {
  return named('transport', bus);
}

/** The token of all parts of a bus; for the library itself. */
export function getEventBusToken(bus: string = DEFAULT_EVENT_BUS): string {
  return named('bus', bus);
}

/** The token of the consumer runtime of a bus; for the library itself. */
export function getConsumerRuntimeToken(bus: string = DEFAULT_EVENT_BUS): string {
  return named('runtime', bus);
}

/** The token of the handler registry of a bus; for the library itself. */
export function getHandlerRegistryToken(bus: string = DEFAULT_EVENT_BUS): string {
  return named('handlers', bus);
}

/** The token that injects the EventBusProducer of a bus: the class itself for the unnamed bus. */
export function getEventBusProducerToken(
  bus: string = DEFAULT_EVENT_BUS,
): typeof EventBusProducer | string {
  return bus === DEFAULT_EVENT_BUS ? EventBusProducer : named('producer', bus);
}

/** The token that injects the EventBusStatus of a bus: the class itself for the unnamed bus. */
export function getEventBusStatusToken(
  bus: string = DEFAULT_EVENT_BUS,
): typeof EventBusStatus | string {
  return bus === DEFAULT_EVENT_BUS ? EventBusStatus : named('status', bus);
}

/** The token that injects the DeadLetters of a bus: the class itself for the unnamed bus. */
export function getDeadLettersToken(bus: string = DEFAULT_EVENT_BUS): typeof DeadLetters | string {
  return bus === DEFAULT_EVENT_BUS ? DeadLetters : named('dead-letters', bus);
}
