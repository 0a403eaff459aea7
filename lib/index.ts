export * from './errors/index.js';

// Events. `export *` for the map: declaration merging does not reach a name that is exported alone.
export * from './events/open-edx-event-map.js';
export * from './events/catalog/index.js';
export * from './events/keys/index.js';
export * from './events/fields.js';
export type * from './events/field-type.js';
export type {
  EventData,
  EventDataOptions,
  EventInput,
  EventType,
  KnownEvent,
} from './events/event-types.js';
export {
  type DataInputOf,
  type DataOf,
  defineEvent,
  type EventDeclaration,
  type EventDefinition,
} from './events/event-definition.js';
export type { EventMetadataInput } from './events/event-metadata.js';
export { EventCatalog } from './events/event-catalog.js';
export { PLATFORM_TOPICS } from './events/platform-topics.js';
export {
  canonicalDatetime,
  dateFromDatetime,
  datetimeFromDate,
  microsecondOf,
} from './events/text/datetime.js';
export { schemaTextOf } from './codec/avro/avro-schema.js';
export { codecFor } from './codec/event-codec.js';
export type { EventCodec } from './codec/event-codec.js';
export type { UnknownFields } from './codec/resolution/unknown-fields.js';

// The module and its settings.
export { EventBusModule } from './event-bus.module.js';
export type { EventBusOptions } from './event-bus.options.js';
export type { EventBusAsyncOptions, EventBusOptionsFactory } from './event-bus.options.js';
export { DEFAULT_BUS } from './event-bus.constants.js';
export { eventBusOptionsToken } from './event-bus.constants.js';
export { eventCatalogToken } from './event-bus.constants.js';
export { producerToken } from './event-bus.constants.js';
export { statusToken } from './event-bus.constants.js';
export { transportPartsToken } from './event-bus.constants.js';
export type {
  EventBusSettings,
  EventBusSettingsOptions,
  ResolvedSettings,
  RetrySettings,
  TransportName,
} from './settings/event-bus-settings.js';

// Sending.
export {
  EventBusProducer,
  type SendOptions,
  type SendReceipt,
  type SendResult,
} from './producing/event-bus-producer.js';
export { mergeProducerConfigs } from './settings/producer-config.js';
export type {
  ProducerConfig,
  ProducerConfigOverrides,
  TopicConfig,
} from './settings/producer-config.js';
export type { SendFailureHook } from './producing/send-reporter.js';

// Handling.
export {
  type EventWildcard,
  type HandledData,
  OnOpenEdxEvent,
  type OnOpenEdxEventOptions,
} from './decorators/on-open-edx-event.decorator.js';
export type {
  EventHandlerMethod,
  HandlerDecorator,
} from './decorators/on-open-edx-event.decorator.js';
export { EventMetadata } from './decorators/parameter.decorators.js';
export { InjectEventBusStatus, InjectEventProducer } from './decorators/parameter.decorators.js';
export {
  type EventContextFields,
  OpenEdxEventContext,
} from './consuming/handlers/event-context.js';
export { isOpenEdxEvent } from './consuming/handlers/event-context.js';
export { isPermanent, permanent } from './consuming/handlers/handler-result.js';
export { withoutConsuming } from './lifecycle/consumer-lifecycle.js';
export {
  EventBusServer,
  type EventBusServerEvents,
  eventBusServerToken,
  OPENEDX_EVENT_BUS,
} from './microservice/event-bus.server.js';

// Commands inside an application.
export { type EventBusCliOptions, runEventBusCli } from './cli/run-cli.js';

// Watching.
export {
  type EventBusState,
  EventBusStatus,
  type EventBusStatusSnapshot,
  type EventLoopStatus,
  type SlowHandler,
  type StalledRecord,
  type SourceStatus,
} from './observability/event-bus-status.js';
export type {
  EventBusTelemetry,
  TelemetryAttributes,
} from './observability/event-bus-telemetry.js';

// Transports.
export { monotonicNow } from './common/clocks.js';
export {
  MemoryBroker,
  type MemoryBrokerOptions,
  memoryTransport,
  type MemoryTransportOptions,
} from './transport/memory/index.js';
export type * from './transport/transport.interface.js';
export type * from './transport/wire-format.interface.js';
