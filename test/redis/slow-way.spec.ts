import { RecordingSink, settleIt } from '../../lib/testing/conformance/recording-sink.js';
import { monotonicNow } from '../../lib/common/clocks.js';
import type { OutgoingRecord } from '../../lib/transport/transport.interface.js';
import { SlowWay, type WayOptions } from '../support/slow-way.js';
import { begun } from './support/begun.js';
import { bodies, eventually, RedisWorkbench } from './support/redis-workbench.js';

async function onSlowWay<T>(
  options: WayOptions,
  work: (bench: RedisWorkbench, url: string, way: SlowWay) => Promise<T>,
): Promise<T> {
  const bench = new RedisWorkbench();
  const way = await SlowWay.to(Number(new URL(bench.url).port), options);
  try {
    return await work(bench, `redis://127.0.0.1:${way.port}/0`, way);
  } finally {
    await bench.end();
    await way.stop();
  }
}

describe('a slow way to Redis', () => {
  const narrow = begun(() =>
    onSlowWay({ bytesPerSecond: 64_000 }, async (bench, url, way) => {
      const transport = await bench.transport({ url });
      await transport.connect(monotonicNow() + 10_000);
      const records = Array.from({ length: 1_500 }, (_, n): OutgoingRecord => {
        const body = Buffer.alloc(700, `${n} `);
        const attributes = [
          ['n', Buffer.from(String(n))],
          ['event_data', body],
        ] as const;
        return { topic: bench.topic, key: null, attributes, value: body };
      });
      const outcomes = await transport.publish(records, monotonicNow() + 7_000);
      const accepted = way.accepted;
      await transport.close(monotonicNow() + 1_000);
      const entries = await bench.redis.xrange(bench.topic, '-', '+');
      return { outcomes, stored: entries.map(([, fields]) => Number(fields[1])), accepted };
    }),
  );
  it('lets through what fits in the time; what does not was not sent', async () => {
    const { outcomes, stored, accepted } = await narrow();
    const withStatus = (wanted: string) =>
      [...outcomes.keys()].filter((n) => outcomes[n]!.status === wanted);
    expect(withStatus('sent').length).toBeGreaterThan(100);
    expect(stored).toEqual(expect.arrayContaining(withStatus('sent')));
    expect(stored).toEqual([...stored].sort((a, b) => a - b));
    const notSent = new Set(withStatus('notSent'));
    expect(stored.filter((n) => notSent.has(n))).toEqual([]);
    expect(notSent.size).toBeGreaterThan(withStatus('unknown').length);
    // The connection that was slow is still the first.
    expect(accepted).toBe(1);
  });

  const [events, page, roundTripMs] = [2_000, 100, 200];
  /** Of each round of reads the first waits, and nothing is asked for until it has its reply. */
  let rounds = 0;
  const onRequest = (data: Buffer): void =>
    void (rounds += data.toString().split('BLOCK').length - 1);
  const long = begun(() =>
    onSlowWay({ delayMs: roundTripMs / 2, onRequest }, async (bench, url) => {
      const { redis, topic, group } = bench;
      const pipeline = redis.pipeline();
      for (let n = 0; n < events; n++) pipeline.xadd(topic, '*', 'event_data', String(n));
      await pipeline.exec();
      const sink = new RecordingSink(settleIt);
      const subscription = { topics: [topic], group, start: 'earliest', maxInFlight: 256 } as const;
      const transport = await bench.transport({ url, readCount: page });
      await transport.subscribe(subscription, sink);
      await eventually(() => sink.deliveries.length === events, 'all records', 60_000);
      const taken = rounds;
      await eventually(async () => (await bench.pending()) === 0, 'all settled', 60_000);
      return { taken, order: bodies(sink).map(Number) };
    }),
  );
  it('gives pages of a backlog without a round trip for each', async () => {
    const { taken, order } = await long();
    expect(order).toEqual([...order.keys()]);
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThan(events / page / 2);
  });
});
