import type { EventBusMetric } from './metrics.js';

/** Names and values by which spans and measurements are told apart. A value that is undefined is left out. */
export type TelemetryAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** Where a span is in its trace. An implementation makes it, and the bus only hands it back. */
export type TelemetryContext = object;

/** What a span is when it starts. */
export interface TelemetrySpanStart {
  /** Such as `process dev-enrollments`. */
  readonly name: string;
  /** The kind of span in the words of OpenTelemetry. */
  readonly kind: 'internal' | 'client' | 'producer' | 'consumer';
  /** Never the key of a record, nor data of an event. */
  readonly attributes: TelemetryAttributes;
  /** The span that it belongs under. Default: the one that is active where it is started; null: none. */
  readonly parent?: TelemetryContext | null | undefined;
  /** Spans of this trace or of others that it has to do with. */
  readonly links?: readonly TelemetryContext[] | undefined;
  /** In ms since the epoch. Default: the present. */
  readonly startTime?: number | undefined;
}

/** A span that was started and must be ended. */
export interface TelemetrySpan {
  /** For the spans below it, those that link to it, and `inject`. */
  readonly context: TelemetryContext;
  /** Calls `work` with this span as the active one, and returns what it returns. */
  run<T>(work: () => T): T;
  /** Adds the attributes and ends the span; only the first call counts. It has failed where there is an `error`. */
  end(attributes?: TelemetryAttributes, error?: { readonly thrown: unknown }): void;
}

/** One value of a gauge. */
export interface GaugeValue {
  /** In the unit of the metric. */
  readonly value: number;
  /** What it is the value of. */
  readonly attributes: TelemetryAttributes;
}

/**
 * Where a bus reports what it does: `openTelemetry()` of `nestjs-openedx-event-bus/opentelemetry` is one, and an
 * application may implement it with any library. Each method may be absent, and what it is for then costs nothing.
 * They are called while events are sent and handled, so they must be quick. None may throw.
 */
export interface EventBusTelemetry {
  /** Starts a span. Absent: there are no traces. */
  startSpan?(start: TelemetrySpanStart): TelemetrySpan;
  /**
   * The headers or fields that carry a context with a record, in order, none where there is no span. Default: the context
   * that is active where it is called. Absent: records carry nothing.
   */
  inject?(context?: TelemetryContext): readonly (readonly [name: string, value: string])[];
  /**
   * The context that a record carries. `read` gives the value of a header or field, undefined where it has none. The values
   * come from outside: undefined where they are invalid.
   */
  extract?(read: (name: string) => string | undefined): TelemetryContext | undefined;
  /**
   * Called once for each set of attributes; what it returns adds to the counter, 0 where the counter shall be there before
   * anything is counted. Absent: nothing is counted.
   */
  counter?(metric: EventBusMetric, attributes: TelemetryAttributes): (by: number) => void;
  /** Called once for each set of attributes; what it returns adds a value to the histogram. Absent: nothing is measured. */
  histogram?(metric: EventBusMetric, attributes: TelemetryAttributes): (value: number) => void;
  /**
   * Has the values of a gauge asked for whenever they are collected, until the returned function is called. `observe` asks
   * neither broker nor disk. Absent: there are no gauges, and the broker is not asked for them.
   */
  gauge?(metric: EventBusMetric, observe: () => Iterable<GaugeValue>): () => void;
  /** How often the broker is asked for the lag, in ms. Default: 15 000. */
  readonly lagInterval?: number;
}

/** Telemetry that does nothing: the default. */
export const noTelemetry: EventBusTelemetry = {};
