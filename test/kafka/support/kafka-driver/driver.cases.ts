import { waitUntil } from '../../../support/wait-until.js';
import { RecordingListener } from './recording-listener.js';
import { TcpProxy } from '../../../support/tcp-proxy.js';
import { type DriverBench, PARTITIONS, PORT_OF_NOBODY } from './driver-bench.js';

/** What a driver promises itself. */
export function driverCases(bench: DriverBench): void {
  describe('the driver', () => {
    it('connects when a broker answers, as often as it is told, and rejects with the error of its client', async () => {
      await Promise.all([bench.driver.connect(), bench.driver.connect()]);
      const nowhere = await bench.open({ portOf: () => PORT_OF_NOBODY });
      await expect(nowhere.connect()).rejects.toThrow('ECONNREFUSED');
      await expect(nowhere.topics([bench.topic])).rejects.toThrow('ECONNREFUSED');
    });

    it('connects after it could not', async () => {
      let isUp = false;
      const later = await bench.open({ portOf: (one) => (isUp ? one : PORT_OF_NOBODY) });
      await expect(later.connect()).rejects.toThrow();
      isUp = true;
      await later.connect();
      expect((await later.topics([bench.topic])).get(bench.topic)).not.toBeNull();
    });

    it('makes producers and members without a connection', async () => {
      const proxy = await TcpProxy.to(bench.port);
      const quiet = await bench.open({ portOf: () => proxy.port });
      const group = bench.kafka.newName('group');
      quiet.producer();
      quiet.member({ group, topics: [bench.topic], clientId: 'm' }, new RecordingListener());
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(proxy.accepted).toBe(0);
      expect(await bench.driver.members(group)).toEqual([]);
      quiet.close();
      await proxy.stop();
    });

    it('gives records from an offset on without a group, and nothing where none is kept', async () => {
      const topic = await bench.kafka.topic(PARTITIONS);
      await bench.put(['a', 'b', 'c'], 1, topic);
      const read = (offset: number) => bench.driver.fetch({ topic, partition: 1, offset }, 1_000);
      const found = await read(1);
      expect(found).toMatchObject({ topic, partition: 1, from: 1, next: 3 });
      expect(found!.records.map(({ offset }) => offset)).toEqual([1, 2]);
      expect(await read(3)).toMatchObject({ records: [], next: 3 });
      expect(await read(4)).toBeUndefined();
    });

    it('makes a topic with settings, which it tells, and leaves one that is there as it is', async () => {
      const topic = bench.kafka.newName('made');
      const wanted = { topic, partitions: 2, like: bench.topic, config: { 'retention.ms': '7' } };
      await bench.driver.createTopic(wanted);
      await bench.driver.createTopic({ ...wanted, partitions: 5, config: {} });
      await waitUntil(
        async () => (await bench.driver.topics([topic])).get(topic) !== null,
        10_000,
        {
          what: 'the topic',
        },
      );
      expect((await bench.driver.offsets(topic, 'latest')).size).toBe(2);
      const settings = await bench.driver.topicConfig(topic, ['retention.ms', 'cleanup.policy']);
      expect([...settings].sort()).toEqual([
        ['cleanup.policy', 'delete'],
        ['retention.ms', '7'],
      ]);
      await expect(
        bench.driver.createTopic({ ...wanted, topic: 'no topic!' }),
      ).rejects.toMatchObject({ type: 'INVALID_TOPIC_EXCEPTION' });
    });

    it('tells the first offset kept, the next one, and the first at a time', async () => {
      const of = await bench.kafka.topic(PARTITIONS);
      await bench.put(['a', 'b'], 0, of);
      await new Promise((resolve) => setTimeout(resolve, 20));
      const between = Date.now();
      await bench.put(['c'], 0, of);
      await bench.kafka.admin(async (admin) => {
        await admin.fetchTopicMetadata({ topics: [of] });
        await admin.deleteTopicRecords({
          topic: of,
          partitions: [{ partition: 0, offset: '1' }],
        });
      });
      const places = async (at: 'earliest' | 'latest' | number) =>
        [...(await bench.driver.offsets(of, at))].sort();
      expect(await places('earliest')).toEqual([
        [0, 1],
        [1, 0],
      ]);
      expect(await places('latest')).toEqual([
        [0, 3],
        [1, 0],
      ]);
      expect(await places(between)).toEqual([
        [0, 2],
        [1, 0],
      ]);
      expect(await places(Date.now() + 60_000)).toEqual([
        [0, 3],
        [1, 0],
      ]);
    });

    it('tells what a broker knows of topics, and makes none by asking', async () => {
      const gone = bench.kafka.newName('gone');
      const states = await bench.driver.topics([bench.topic, gone]);
      expect(states.get(gone)).toBeNull();
      expect([...states.get(bench.topic)!.epochs.keys()].sort()).toEqual([0, 1]);
      expect(states.get(bench.topic)!.id).toEqual(expect.any(String));
      const all = await bench.kafka.admin((admin) => admin.listTopics());
      expect(all).not.toContain(gone);
    });

    it('a topic that was made again under its name has another id', async () => {
      const of = await bench.kafka.topic();
      const { id } = (await bench.driver.topics([of])).get(of)!;
      await bench.kafka.admin((admin) => admin.deleteTopics({ topics: [of] }));
      await waitUntil(async () => (await bench.driver.topics([of])).get(of) === null);
      await bench.kafka.admin((admin) => admin.createTopics({ topics: [{ topic: of }] }));
      await waitUntil(async () => ((await bench.driver.topics([of])).get(of)?.id ?? id) !== id);
    });

    it('sets positions of a group without members, all or none, and reads them', async () => {
      const group = bench.kafka.newName('group');
      expect([...(await bench.driver.committed(group, bench.topic))]).toEqual([]);
      await bench.driver.setCommitted(group, bench.topic, new Map([[1, 5]]));
      expect([...(await bench.driver.committed(group, bench.topic))]).toEqual([
        [1, { offset: 5, metadata: '' }],
      ]);
      const { member } = await bench.joined([bench.topic], { group });
      await expect(
        bench.driver.setCommitted(
          group,
          bench.topic,
          new Map([
            [0, 1],
            [1, 9],
          ]),
        ),
      ).rejects.toThrow();
      expect([...(await bench.driver.committed(group, bench.topic))]).toEqual([
        [1, { offset: 5, metadata: '' }],
      ]);
      await bench.leave(member);
    });

    it('ends memberships: members that live join again, as another, and read on from where the group is', async () => {
      const of = await bench.kafka.topic(1);
      await bench.put(['a', 'b'], 0, of);
      const { member, heard, group } = await bench.joined([of]);
      const { id } = member;
      await member.commit([{ topic: of, partition: 0, offset: 1 }]);
      await bench.driver.removeMembers(group);
      await waitUntil(() => heard.assignments.length > 1);
      expect(heard.assignments.map(({ lost }) => lost)).toEqual([false, true]);
      expect(member.id).not.toBe(id);
      expect(heard.crashes).toEqual([]);
      const place = { topic: of, partition: 0 };
      member.seek({ ...place, offset: (await bench.driver.committed(group, of)).get(0)!.offset });
      member.resume(place);
      await waitUntil(() => heard.offsetsOf(0).length > 0);
      expect(heard.offsetsOf(0)).toEqual([1]);
      await bench.leave(member);
    });

    it('names the members of a group', async () => {
      const { member, group } = await bench.joined([bench.topic]);
      expect(await bench.driver.members(group)).toEqual([
        { id: member.id, clientId: 'member', host: expect.stringContaining('127.0.0.1') },
      ]);
      await bench.leave(member);
      expect(await bench.driver.members(group)).toEqual([]);
    });

    it('closes every connection at once, those of producers and members too', async () => {
      const proxy = await TcpProxy.to(bench.port);
      const other = await bench.open({ portOf: () => proxy.port });
      await other.connect();
      const sender = other.producer();
      await sender.connect();
      const { heard } = await bench.joined([bench.topic], { of: other });
      expect(proxy.connections).toBeGreaterThan(2);
      other.close();
      other.close();
      await waitUntil(() => proxy.connections === 0);
      await expect(sender.produce(bench.broker, [bench.batch(['never'])])).rejects.toThrow();
      bench.sequences.set(`${bench.topic}/0`, bench.sequences.get(`${bench.topic}/0`)! - 1);
      expect(heard.crashes).toEqual([]);
      await proxy.stop();
    });

    it('shows the client underneath', () => {
      expect(bench.driver.inner).toEqual(expect.any(Object));
    });
  });
}
