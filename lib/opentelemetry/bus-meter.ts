import type { Meter, ObservableResult } from '@opentelemetry/api';
import { monotonicNow } from '../common/clocks.js';
import type { GaugeValue, TelemetryAttributes } from '../observability/event-bus-telemetry.js';
import type { EventBusMetric } from '../observability/metrics.js';

type Attributes = Record<string, string | number | boolean>;

interface Cell {
  readonly attributes: Attributes;
  value: number;
}

/** A value of a histogram costs microseconds, so no more than these are recorded in a second for each set of attributes. */
const MOST_VALUES_A_SECOND = 1_000;

/**
 * The instruments of a bus. Counters are added up here and read when they are collected: that takes a small part of the time of
 * a synchronous counter, which looks up its attributes for each event.
 */
export class BusMeter {
  private readonly counters = new Map<string, Map<string, Cell>>();
  private readonly histograms = new Map<string, ReturnType<Meter['createHistogram']>>();

  constructor(private readonly meter: Meter) {}

  counter(metric: EventBusMetric, given: TelemetryAttributes): (by: number) => void {
    const attributes = known(given);
    const cells = this.cellsOf(metric);
    const key = JSON.stringify(attributes);
    let cell = cells.get(key);
    if (!cell) cells.set(key, (cell = { attributes, value: 0 }));
    const one = cell;
    return (by) => void (one.value += by);
  }

  histogram(metric: EventBusMetric, given: TelemetryAttributes): (value: number) => void {
    const { name, unit, description, buckets } = metric;
    let histogram = this.histograms.get(name);
    if (!histogram) {
      const advice = buckets && { explicitBucketBoundaries: [...buckets] };
      histogram = this.meter.createHistogram(name, {
        unit,
        description,
        ...(advice && { advice }),
      });
      this.histograms.set(name, histogram);
    }
    const attributes = known(given);
    const made = histogram;
    return limited((value) => made.record(value, attributes));
  }

  gauge(metric: EventBusMetric, observe: () => Iterable<GaugeValue>): () => void {
    const { name, unit, description } = metric;
    const gauge = this.meter.createObservableGauge(name, { unit, description });
    const callback = (result: ObservableResult): void => {
      for (const { value, attributes } of observe()) result.observe(value, known(attributes));
    };
    gauge.addCallback(callback);
    return () => gauge.removeCallback(callback);
  }

  private cellsOf({ name, unit, description }: EventBusMetric): Map<string, Cell> {
    const made = this.counters.get(name);
    if (made) return made;
    const cells = new Map<string, Cell>();
    this.counters.set(name, cells);
    this.meter.createObservableCounter(name, { unit, description }).addCallback((result) => {
      for (const { value, attributes } of cells.values()) result.observe(value, attributes);
    });
    return cells;
  }
}

function limited(record: (value: number) => void): (value: number) => void {
  let [second, count] = [0, 0];
  return (value) => {
    const now = Math.floor(monotonicNow() / 1_000);
    if (now !== second) [second, count] = [now, 0];
    if (count++ < MOST_VALUES_A_SECOND) record(value);
  };
}

/** Without those that have no value. */
export function known(given: TelemetryAttributes): Attributes {
  const attributes: Attributes = {};
  for (const name in given) {
    const value = given[name];
    if (value !== undefined) attributes[name] = value;
  }
  return attributes;
}
