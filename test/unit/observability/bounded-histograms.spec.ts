import {
  AggregationTemporality,
  type Histogram,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { jest } from '@jest/globals';
import { METRIC } from '../../../lib/observability/metrics.js';
import { BusMeter } from '../../../lib/opentelemetry/bus-meter.js';

/** The numbers of values of the histogram, by the handler. */
async function counts(reader: PeriodicExportingMetricReader): Promise<Record<string, number>> {
  const { resourceMetrics } = await reader.collect();
  const [metric] = resourceMetrics.scopeMetrics[0]!.metrics;
  return Object.fromEntries(
    metric!.dataPoints.map(({ attributes, value }) => [
      String(attributes.handler),
      (value as Histogram).count,
    ]),
  );
}

it('a histogram takes 1,000 values a second of each set of attributes', async () => {
  jest.useFakeTimers({ now: 1_800_000_000_000 });
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 2 ** 30 });
  const provider = new MeterProvider({ readers: [reader] });
  try {
    const meter = new BusMeter(provider.getMeter('test'));
    const busy = meter.histogram(METRIC.processDuration, { handler: 'busy' });
    const quiet = meter.histogram(METRIC.processDuration, { handler: 'quiet' });
    for (let n = 0; n < 2_500; n++) busy(0.1);
    quiet(0.1);
    expect(await counts(reader)).toEqual({ busy: 1_000, quiet: 1 });
    await jest.advanceTimersByTimeAsync(1_000);
    for (let n = 0; n < 10; n++) busy(0.1);
    expect(await counts(reader)).toEqual({ busy: 1_010, quiet: 1 });
  } finally {
    jest.useRealTimers();
    await provider.shutdown();
  }
});
