import { EventBusStatus } from './observability/event-bus-status.js';
import { EventBusProducer } from './producing/event-bus-producer.js';

/** Name of the bus that `forRoot` without `name` makes. */
export const DEFAULT_EVENT_BUS = 'default';

type Token<Class> = Class | string;

function named(part: string, bus: string): string {
  return `openedx-event-bus:${bus}:${part}`;
}

/** Injects the options as given to `forRoot`. */
export function getEventBusOptionsToken(bus: string = DEFAULT_EVENT_BUS): string {
  return named('options', bus);
}

/** Injects the `ResolvedSettings` of a bus. */
export function getEventBusSettingsToken(bus: string = DEFAULT_EVENT_BUS): string {
  return named('settings', bus);
}

/** Injects the `EventCatalog` of a bus. */
export function getEventCatalogToken(bus: string = DEFAULT_EVENT_BUS): string {
  return named('catalog', bus);
}

/** Injects the `TransportParts` of a bus. */
export function getEventBusTransportToken(bus: string = DEFAULT_EVENT_BUS): string {
  return named('transport', bus);
}

/** Injects all parts of a bus; for the library itself. */
export function getEventBusToken(bus: string = DEFAULT_EVENT_BUS): string {
  return named('bus', bus);
}

/** Injects the consumer runtime of a bus. */
export function getConsumerRuntimeToken(bus: string = DEFAULT_EVENT_BUS): string {
  return named('runtime', bus);
}

/** Injects the handler registry of a bus: its routes from events to handlers. */
export function getHandlerRegistryToken(bus: string = DEFAULT_EVENT_BUS): string {
  return named('handlers', bus);
}

/** Injects the producer of a bus: the class itself for the default bus. */
export function getEventBusProducerToken(
  bus: string = DEFAULT_EVENT_BUS,
): Token<typeof EventBusProducer> {
  return bus === DEFAULT_EVENT_BUS ? EventBusProducer : named('producer', bus);
}

/** Injects the live status of a bus: the class itself for the default bus. */
export function getEventBusStatusToken(
  bus: string = DEFAULT_EVENT_BUS,
): Token<typeof EventBusStatus> {
  return bus === DEFAULT_EVENT_BUS ? EventBusStatus : named('status', bus);
}
