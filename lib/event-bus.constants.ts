import { EventBusStatus } from './observability/event-bus-status.js';
import { EventBusProducer } from './producing/event-bus-producer.js';

/** Name of the bus that `forRoot` without `name` makes. */
export const DEFAULT_BUS = 'default';

type Token<Class> = Class | string;

function named(part: string, bus: string): string {
  return `openedx-event-bus:${bus}:${part}`;
}

/** Injects the options as given to `forRoot`. */
export function eventBusOptionsToken(bus: string = DEFAULT_BUS): string {
  return named('options', bus);
}

/** Injects the `ResolvedSettings` of a bus. */
export function eventBusSettingsToken(bus: string = DEFAULT_BUS): string {
  return named('settings', bus);
}

/** Injects the `EventCatalog` of a bus. */
export function eventCatalogToken(bus: string = DEFAULT_BUS): string {
  return named('catalog', bus);
}

/** Injects the `TransportParts` of a bus. */
export function transportPartsToken(bus: string = DEFAULT_BUS): string {
  return named('transport', bus);
}

/** Injects all parts of a bus; for the library itself. */
export function busToken(bus: string = DEFAULT_BUS): string {
  return named('bus', bus);
}

/** Injects the consumer runtime of a bus. */
export function consumerRuntimeToken(bus: string = DEFAULT_BUS): string {
  return named('runtime', bus);
}

/** Injects the handler registry of a bus: its routes from events to handlers. */
export function handlerRegistryToken(bus: string = DEFAULT_BUS): string {
  return named('handlers', bus);
}

/** Injects the producer of a bus: the class itself for the default bus. */
export function producerToken(bus: string = DEFAULT_BUS): Token<typeof EventBusProducer> {
  return bus === DEFAULT_BUS ? EventBusProducer : named('producer', bus);
}

/** Injects the live status of a bus: the class itself for the default bus. */
export function statusToken(bus: string = DEFAULT_BUS): Token<typeof EventBusStatus> {
  return bus === DEFAULT_BUS ? EventBusStatus : named('status', bus);
}
