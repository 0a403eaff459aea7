import type { EventBusTelemetry, GaugeValue } from '../../lib/observability/event-bus-telemetry.js';
import type { EventBusMetric } from '../../lib/observability/metrics.js';

/** Reads the gauges of a bus when it is asked to. The bus asks the broker ten times a second. */
export class Gauges {
  private readonly made = new Map<string, () => Iterable<GaugeValue>>();
  readonly telemetry: EventBusTelemetry = {
    lagInterval: 100,
    gauge: ({ name }, observe) => {
      this.made.set(name, observe);
      return () => this.made.delete(name);
    },
  };

  /** The values of a gauge, added up by the attributes named. */
  values({ name }: EventBusMetric, ...by: string[]): Record<string, number> {
    const values: Record<string, number> = {};
    for (const { value, attributes } of this.made.get(name)?.() ?? []) {
      const key = by.map((label) => String(attributes[label])).join(' ');
      values[key] = (values[key] ?? 0) + value;
    }
    return values;
  }
}
