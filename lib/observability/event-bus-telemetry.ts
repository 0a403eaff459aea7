/** Names and ids by which measurements are told apart, such as `bus`, `topic`, `group`, `event_type`, `result`. */
export type TelemetryAttributes = Readonly<Record<string, string | number | boolean>>;

/**
 * Where a bus reports what it does: implement it with the metrics and tracing library of your application. It is
 * called for each record, so it must be quick. No method may throw.
 */
export interface EventBusTelemetry {
  /** Adds `by` to a counter, such as `event_bus.sent` or `event_bus.records`. */
  count(name: string, by: number, attributes: TelemetryAttributes): void;
  /** Adds a value to a histogram, such as `event_bus.process.duration` in ms. */
  record(name: string, value: number, attributes: TelemetryAttributes): void;
  /** Calls `run` once, inside a span, and returns what it resolves to; a rejection passes unchanged. */
  span<T>(name: string, attributes: TelemetryAttributes, run: () => Promise<T>): Promise<T>;
}

/** Telemetry that does nothing: the default. */
export const noTelemetry: EventBusTelemetry = {
  count: () => undefined,
  record: () => undefined,
  span: (_name, _attributes, run) => run(),
};
