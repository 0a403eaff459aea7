export * from './errors/index.js';

// The module and its settings.
export { EventBusModule } from './event-bus.module.js';
export type {
  EventBusAsyncOptions,
  EventBusOptions,
  EventBusOptionsFactory,
} from './event-bus.options.js';
export {
  DEFAULT_EVENT_BUS,
  getEventBusOptionsToken,
  getEventBusProducerToken,
  getEventBusStatusToken,
  getEventBusTransportToken,
  getEventCatalogToken,
} from './event-bus.constants.js';
export type {
  EventBusSettings,
  EventBusSettingsOptions,
  ResolvedSettings,
  TransportName,
} from './settings/event-bus-settings.js';
export type {
  FailureClassifier,
  FailureContext,
  FailureOptions,
  RetrySettings,
} from './settings/failure-settings.js';
export type { Duration } from './settings/duration.js';
export {
  type EventBusProducerConfig,
  type EventBusProducerConfigOverrides,
  type EventBusTopicConfig,
  mergeProducerConfigs,
} from './settings/producer-config.js';

// Sending.
export {
  EventBusProducer,
  type SendOptions,
  type SendReceipt,
  type SendResult,
} from './producing/event-bus-producer.js';
export type { SendFailureHook } from './producing/send-reporter.js';

// Handling.
export {
  type EventHandlerMethod,
  type EventWildcard,
  type HandledData,
  type HandlerDecorator,
  OnOpenEdxEvent,
  type OnOpenEdxEventOptions,
  type TakesParameters,
} from './decorators/on-open-edx-event.decorator.js';
export {
  EventMeta,
  InjectEventBusProducer,
  InjectEventBusStatus,
} from './decorators/parameter.decorators.js';
export {
  type EventContextFields,
  isOpenEdxEvent,
  OpenEdxEventContext,
} from './consuming/handlers/event-context.js';
export type { EventData, EventInput, EventType, KnownEvent } from './events/index.js';
export type { EventMetadata, EventMetadataInput } from './events/event-metadata.js';
export { withoutConsuming } from './lifecycle/consumer-lifecycle.js';
export {
  EventBusServer,
  type EventBusServerEvents,
  getEventBusServerToken,
  OPENEDX_EVENT_BUS,
} from './microservice/event-bus.server.js';

// Watching.
export {
  type EventBusState,
  EventBusStatus,
  type EventBusStatusSnapshot,
  type SlowHandler,
  type SourceStatus,
  type StalledRecord,
} from './observability/event-bus-status.js';
export type { EventBusTelemetry } from './observability/event-bus-telemetry.js';
