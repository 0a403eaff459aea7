export type {
  EventBusTelemetry,
  GaugeValue,
  TelemetryAttributes,
  TelemetryContext,
  TelemetrySpan,
  TelemetrySpanStart,
} from '../observability/event-bus-telemetry.js';
export { type EventBusMetric, METRIC as EVENT_BUS_METRICS } from '../observability/metrics.js';
export type { EndedMessage, HandledMessage, SentMessage } from '../observability/diagnostics.js';
