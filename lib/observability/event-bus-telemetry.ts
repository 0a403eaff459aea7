export type TelemetryAttributes = Readonly<Record<string, string | number | boolean>>;

/** Spans, counters and histograms as a port. No method may throw. */
export interface EventBusTelemetry {
  count(name: string, by: number, attributes: TelemetryAttributes): void;
  record(name: string, value: number, attributes: TelemetryAttributes): void;
  span<T>(name: string, attributes: TelemetryAttributes, run: () => Promise<T>): Promise<T>;
}

export const noTelemetry: EventBusTelemetry = {
  count: () => undefined,
  record: () => undefined,
  span: (_name, _attributes, run) => run(),
};
