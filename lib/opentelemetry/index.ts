import {
  context,
  type Meter,
  type MeterProvider,
  metrics as globalMetrics,
  type SpanContext,
  trace,
  type TracerProvider,
} from '@opentelemetry/api';
import type { EventBusTelemetry } from '../observability/event-bus-telemetry.js';
import { BusMeter } from './bus-meter.js';
import { BusTracer } from './bus-tracer.js';
import { headersOf, remoteSpan } from './trace-context.js';

/** What `openTelemetry` reports, and where. */
export interface OpenTelemetryOptions {
  /** Spans, and the context of traces in records. Default: true. */
  readonly traces?: boolean;
  /** Counters, histograms and gauges. Default: true. */
  readonly metrics?: boolean;
  /** Adds the messages and stacks of errors to the spans of handlers that failed; they may contain data. Default: false. */
  readonly recordExceptions?: boolean;
  /** How often the broker is asked for the lag, in ms. Default: 15 000. */
  readonly lagInterval?: number;
  /** Default: the one that is registered globally when the first span starts. */
  readonly tracerProvider?: TracerProvider;
  /** Default: the one that is registered globally when the bus is created. */
  readonly meterProvider?: MeterProvider;
}

const NAME = 'nestjs-openedx-event-bus';

/**
 * Reports the traces and metrics of a bus to OpenTelemetry: the option `telemetry` of `EventBusModule.forRoot`. It uses
 * `@opentelemetry/api` alone; the application registers an SDK, before the bus is created. Several buses may share one.
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): EventBusTelemetry {
  const { traces = true, metrics = true, lagInterval } = options;
  return {
    ...(traces && tracing(options)),
    ...(metrics && metering(options)),
    ...(lagInterval !== undefined && { lagInterval }),
  };
}

function tracing({
  tracerProvider,
  recordExceptions = false,
}: OpenTelemetryOptions): EventBusTelemetry {
  // That of `trace` stands for whichever is registered later.
  const tracer = (tracerProvider ?? trace).getTracer(NAME);
  const spans = new BusTracer(() => tracer, recordExceptions);
  return {
    startSpan: (start) => spans.start(start),
    inject: (given) =>
      headersOf((given as SpanContext | undefined) ?? trace.getSpanContext(context.active())),
    extract: remoteSpan,
  };
}

function metering({ meterProvider }: OpenTelemetryOptions): EventBusTelemetry {
  let made: BusMeter | undefined;
  const meter = (): BusMeter => (made ??= new BusMeter(meterOf(meterProvider)));
  return {
    counter: (metric, attributes) => meter().counter(metric, attributes),
    histogram: (metric, attributes) => meter().histogram(metric, attributes),
    gauge: (metric, observe) => meter().gauge(metric, observe),
  };
}

function meterOf(provider: MeterProvider | undefined): Meter {
  return (provider ?? globalMetrics).getMeter(NAME);
}
