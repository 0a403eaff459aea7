import type { SubscriptionHandle } from '../../lib/transport/transport.interface.js';
import { ids, type RecordingSink } from '../../lib/testing/conformance/recording-sink.js';
import { createTopics } from '../services/kafka-topics.js';
import { until } from '../services/until.js';
import { KafkaWorkbench } from './support/kafka-workbench.js';

/** So late at the latest it is seen that a topic is another, and some time to read it. */
const SEEN_MS = 15_000;

describe('topics that are made again on Kafka', () => {
  const bench = new KafkaWorkbench();
  afterAll(() => bench.close());

  const remake = async (topic: string, partitions: number): Promise<void> => {
    await bench.admin(async (admin) => {
      await admin.deleteTopics({ topics: [topic] });
      await until('the topic to be gone', async () => !(await admin.listTopics()).includes(topic));
      await createTopics(admin, [{ topic, numPartitions: partitions }]);
    });
  };
  /** By a client that knows nothing of the topic that was. */
  const publish = async (topic: string, some: readonly string[]): Promise<void> => {
    const transport = await bench.open();
    await bench.publish(transport, topic, some, (id) => id);
    await transport.close(Date.now() + 5_000);
  };
  const hasAll = (sink: RecordingSink, some: readonly string[]) => (): boolean => {
    const seen = new Set(sink.ids);
    return some.every((id) => seen.has(id));
  };
  const committed = async (handle: SubscriptionHandle, group: string, topic: string) => {
    await handle.flush(Date.now() + 5_000);
    return bench.committed(group, topic);
  };
  const named = (kind: string, count: number): string[] => ids(count).map((id) => `${kind}-${id}`);

  it('with fewer partitions: what is new is read from the beginning, commits go on, and the others of the group are not held up', async () => {
    const [topic, other] = [await bench.topic(6), await bench.topic(1)];
    const group = bench.newName('group');
    const transport = await bench.open({ allowAutoTopicCreation: false });
    const { sink, handle } = await bench.read(transport, { topics: [topic, other], group });
    await publish(topic, named('old', 300));
    await until('the old records', hasAll(sink, named('old', 300)));
    await remake(topic, 3);
    await publish(topic, named('new', 90));
    await publish(other, named('other', 10));
    await until(
      'the new records',
      hasAll(sink, [...named('new', 90), ...named('other', 10)]),
      SEEN_MS,
    );
    expect(new Set(sink.noticesOf('sourceRemade').map(({ source }) => source))).toEqual(
      new Set([0, 1, 2].map((partition) => `${topic}/${partition}`)),
    );
    const ends = await bench.end(topic);
    await until('the commits', async () => {
      return String(await committed(handle, group, topic)) === String(ends);
    });
    expect(await committed(handle, group, other)).toEqual(['10']);
    expect([sink.violations, sink.ends]).toEqual([[], []]);
    await handle.stop(Date.now() + 5_000);
  }, 60_000);

  it('with as many partitions and more records than were read: nothing before the old position is skipped', async () => {
    const [topic, group] = [await bench.topic(2), bench.newName('group')];
    const transport = await bench.open({ allowAutoTopicCreation: false });
    const { sink, handle } = await bench.read(transport, { topics: [topic], group });
    await publish(topic, named('old', 60));
    await until('the old records', hasAll(sink, named('old', 60)));
    await until('the commit', async () => {
      return String(await committed(handle, group, topic)) === String(await bench.end(topic));
    });
    handle.pause();
    await remake(topic, 2);
    await publish(topic, named('new', 300));
    handle.resume();
    await until('the new records', hasAll(sink, named('new', 300)), SEEN_MS);
    const told = sink.noticesOf('sourceRemade').map(({ source }) => source);
    expect([...told].sort()).toEqual([`${topic}/0`, `${topic}/1`]);
    expect(sink.noticesOf('gap')).toEqual([]);
    await until('the commits', async () => {
      return String(await committed(handle, group, topic)) === String(await bench.end(topic));
    });
    await handle.stop(Date.now() + 5_000);
  }, 60_000);

  it('a group that starts at the end reads a topic that was made again from its beginning, too', async () => {
    const [topic, group] = [await bench.topic(1), bench.newName('group')];
    const transport = await bench.open({ allowAutoTopicCreation: false });
    const { sink, handle } = await bench.read(transport, {
      topics: [topic],
      group,
      start: 'latest',
    });
    await publish(topic, named('old', 5));
    await until('the old records', hasAll(sink, named('old', 5)));
    await remake(topic, 3);
    await publish(topic, named('new', 30));
    await until('the new records', hasAll(sink, named('new', 30)), SEEN_MS);
    const told = sink.noticesOf('sourceRemade').map(({ source }) => source);
    expect([...told].sort()).toEqual([0, 1, 2].map((partition) => `${topic}/${partition}`));
    await handle.stop(Date.now() + 5_000);
  }, 60_000);

  it('a topic that is deleted shows in the status, and the others of its group are read and committed', async () => {
    const [kept, gone] = [await bench.topic(2), await bench.topic(2)];
    const group = bench.newName('group');
    const transport = await bench.open({ allowAutoTopicCreation: false });
    let shown = '';
    transport.status$.subscribe(({ error }) => (shown = error?.message ?? ''));
    const { sink, handle } = await bench.read(transport, { topics: [kept, gone], group });
    await publish(kept, named('first', 10));
    await publish(gone, named('gone', 10));
    await until('the first records', hasAll(sink, [...named('first', 10), ...named('gone', 10)]));
    await bench.admin((admin) => admin.deleteTopics({ topics: [gone] }));
    await publish(kept, named('second', 10));
    await until('the second records', hasAll(sink, named('second', 10)), SEEN_MS);
    await until(
      'the status',
      () => shown.includes('the topic does not exist on the broker'),
      SEEN_MS,
    );
    await publish(kept, named('third', 10));
    await until('the third records', hasAll(sink, named('third', 10)), SEEN_MS);
    expect(await committed(handle, group, kept)).toEqual(await bench.end(kept));
    expect(sink.ends).toEqual([]);
    await bench.admin((admin) => createTopics(admin, [{ topic: gone, numPartitions: 1 }]));
    await publish(gone, named('again', 10));
    await until('the records of the new topic', hasAll(sink, named('again', 10)), SEEN_MS);
    await until('the healing', () => shown === '', SEEN_MS);
    await handle.stop(Date.now() + 5_000);
  }, 90_000);
});
