import * as kafkajs from 'kafkajs';
import {
  idOf,
  ids,
  type Reaction,
  type RecordingSink,
} from '../../lib/testing/conformance/recording-sink.js';
import { until } from '../services/until.js';
import { KafkaWorkbench } from './support/kafka-workbench.js';

describe('what is settled behind an unsettled record on Kafka', () => {
  const bench = new KafkaWorkbench();
  afterAll(() => bench.close());

  const keeping =
    (...kept: number[]): Reaction =>
    (delivery) =>
      kept.includes(Number(idOf(delivery.record))) ? undefined : delivery.settle();

  /** Publishes, reads all and ends as a crash does: what was not settled stays so. */
  const crashAfter = async (count: number, react: Reaction) => {
    const [topic, group] = [await bench.topic(), bench.newName('group')];
    const crashing = await bench.open();
    for (let n = 0; n < count; n += 1_000)
      await bench.publish(crashing, topic, ids(count).slice(n, n + 1_000));
    const wanted = { topics: [topic], group, maxInFlight: 20_000 };
    const { sink, handle } = await bench.read(crashing, wanted, react);
    await until('all records', () => sink.deliveries.length === count);
    await handle.flush(Date.now() + 5_000);
    await crashing.close(Date.now());
    return { topic, group };
  };

  /** What the next member gets before a record that is published now. */
  const readOn = async (
    { topic, group }: { topic: string; group: string },
    react?: Reaction,
  ): Promise<RecordingSink> => {
    const transport = await bench.open();
    const wanted = { topics: [topic], group, maxInFlight: 20_000 };
    const { sink, handle } = await bench.read(transport, wanted, react);
    const before = Number((await bench.end(topic))[0]);
    await bench.publish(transport, topic, ['last']);
    await until('the last record', () =>
      sink.deliveries.some(({ position }) => Number(position.offset) === before),
    );
    await handle.flush(Date.now() + 5_000);
    await transport.close(Date.now());
    return sink;
  };

  const metadataOf = async (group: string, topic: string): Promise<string> => {
    const [found] = await bench.admin((admin) =>
      admin.fetchOffsets({ groupId: group, topics: [topic] }),
    );
    return found!.partitions[0]!.metadata ?? '';
  };

  /** Commits as a member of another kind does. */
  const write = async (group: string, topic: string, metadata: string): Promise<void> => {
    const { Kafka, logLevel } = kafkajs;
    const kafka = new Kafka({ brokers: bench.brokers, logLevel: logLevel.NOTHING });
    const consumer = kafka.consumer({ groupId: group });
    await consumer.subscribe({ topic });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: async () => {},
    });
    await consumer.commitOffsets([{ topic, partition: 0, offset: '0', metadata }]);
    await consumer.disconnect();
  };

  it('does not come again to the next member, nor to the one after it; nothing is kept where there is no gap', async () => {
    const place = await crashAfter(300, keeping(1, 50, 51, 300));
    expect(await bench.committed(place.group, place.topic)).toEqual(['0']);
    const next = await readOn(place, keeping(1, 51));
    expect(next.ids).toEqual(['001', '050', '051', '300', 'last']);
    expect(next.noticesOf('gap')).toEqual([]);
    const then = await readOn(place);
    expect(then.ids).toEqual(['001', '051', 'last']);
    expect(await bench.committed(place.group, place.topic)).toEqual(['302']);
    expect(await metadataOf(place.group, place.topic)).toBe('');
  });

  it('is kept in 4,096 bytes: of what does not fit, all comes again', async () => {
    const isKept = (id: string): boolean => Number(id) % 2 === 1;
    const place = await crashAfter(6_000, (delivery) =>
      isKept(idOf(delivery.record)) ? undefined : delivery.settle(),
    );
    const metadata = await metadataOf(place.group, place.topic);
    expect(metadata.length).toBeLessThanOrEqual(4_096);
    const told = metadata.split(' ')[3]!.split('.').length / 2;
    expect(told).toBeGreaterThan(900);
    const { ids: got } = await readOn(place);
    const expected = ids(6_000).filter((id) => isKept(id) || Number(id) > 2 * told);
    expect(got).toEqual([...expected, 'last']);
  });

  it('is forgotten when the group is moved by hand', async () => {
    const place = await crashAfter(20, keeping(1));
    expect(await metadataOf(place.group, place.topic)).not.toBe('');
    const transport = await bench.open();
    const { topic } = place;
    await transport.admin!.reset(place.group, [{ topic, partition: '0', offset: '-1' }]);
    expect(await metadataOf(place.group, topic)).toBe('');
    expect((await readOn(place)).ids).toEqual([...ids(20), 'last']);
  });

  it('is believed only of this topic, this position and records that are there', async () => {
    const place = await crashAfter(20, keeping(1));
    const { group, topic } = place;
    const ours = await metadataOf(group, topic);
    const [mark, id, , runs] = ours.split(' ') as [string, string, string, string];
    expect(runs).toBe('1.j');
    const others = [
      `${mark} ${'A'.repeat(22)} 0 1.j`,
      `${mark} ${id} 1 1.j`,
      `${mark} ${id} 0 1.zzz`,
      `${mark} ${id} 0 1.j.1`,
      'something else',
    ];
    for (const [i, metadata] of others.entries()) {
      await write(group, topic, metadata);
      const { ids: got } = await readOn(place, () => undefined);
      expect([metadata, got.filter((one) => one !== 'last')]).toEqual([metadata, ids(20)]);
      expect(got.filter((one) => one === 'last')).toHaveLength(i + 1);
    }
    await write(group, topic, ours);
    expect((await readOn(place)).ids.filter((one) => one !== 'last')).toEqual(['01']);
  });
});
