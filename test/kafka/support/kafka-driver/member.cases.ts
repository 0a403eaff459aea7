import * as kafkajs from 'kafkajs';
import { waitUntil } from '../../../support/wait-until.js';
import { RecordingListener } from './recording-listener.js';
import { TcpProxy } from '../../../support/tcp-proxy.js';
import { monotonicNow } from '../../../../lib/common/clocks.js';
import { KAFKA_GUEST } from '../../../services/kafka-properties.js';
import { sharedKafka } from '../../../services/shared-kafka.js';
import type { MemberClient } from '../../../../lib/transport/kafka/kafka-driver.interface.js';
import { type DriverBench, PARTITIONS, PORT_OF_NOBODY, SESSION_MS } from './driver-bench.js';

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = (
  kafkajs as unknown as { default: typeof kafkajs }
).default;

/** What the members of groups promise. */
export function memberCases(bench: DriverBench): void {
  describe('a member', () => {
    const member0 = { partition: 0 };
    let of: string;
    /** Of which the group hears nothing while the other cases run. */
    let cutOff: { readonly member: MemberClient; readonly proxy: TcpProxy };
    beforeAll(async () => {
      of = await bench.kafka.topic(PARTITIONS);
      await bench.put(['a', 'b', 'c'], 0, of);
      const proxy = await TcpProxy.to(bench.port);
      const { member } = await bench.joined([of], {
        of: await bench.open({ portOf: () => proxy.port }),
      });
      expect(member.isExpired).toBe(false);
      proxy.blackHole({ newToo: true });
      cutOff = { member, proxy };
    });
    afterAll(() => cutOff.proxy.stop());

    /** So that the brokers answer its fetches all the time. */
    function listenToEmpty(member: MemberClient): void {
      const place = { topic: of, partition: 1 };
      member.seek({ ...place, offset: 0 });
      member.resume(place);
    }

    it('connects when its topics were found, and rejects with the error of its client', async () => {
      const heard = new RecordingListener();
      const options = { group: bench.kafka.newName('group'), clientId: 'member' };
      const found = bench.driver.member({ ...options, topics: [of] }, heard);
      await found.connect();
      expect(heard.assignments).toEqual([]);
      const nowhere = (await bench.open({ portOf: () => PORT_OF_NOBODY })).member(
        { ...options, topics: [of] },
        heard,
      );
      await expect(nowhere.connect()).rejects.toThrow();
      await Promise.all([bench.leave(found), bench.leave(nowhere)]);
      expect(heard.crashes).toEqual([]);
    });

    it('is told what is ours before it has joined, under the id that the group gave it', async () => {
      const heard = new RecordingListener();
      const group = bench.kafka.newName('group');
      const member = bench.driver.member({ group, topics: [of], clientId: 'member' }, heard);
      expect(member.id).toBeUndefined();
      await member.connect();
      await member.join();
      expect(heard.assignments).toEqual([{ partitions: [`${of}/0`, `${of}/1`], lost: false }]);
      await member.accepted;
      expect((await bench.driver.members(group)).map(({ id }) => id)).toEqual([member.id]);
      await bench.leave(member);
    });

    it('fetches nothing before it is told where, then in order from there, and pauses', async () => {
      const { member, heard } = await bench.joined([of]);
      const place = { topic: of, ...member0 };
      listenToEmpty(member);
      await waitUntil(() => heard.timesAlive > 3);
      expect(heard.batches).toEqual([]);
      member.seek({ ...place, offset: 1 });
      member.resume(place);
      await waitUntil(() => heard.offsetsOf(0).length > 0);
      const first = heard.batches[0]!;
      expect(first).toMatchObject({ topic: of, partition: 0, from: 1, next: 3 });
      expect(first.records.map(({ offset }) => offset)).toEqual([1, 2]);
      const { record, size } = first.records[0]!;
      expect(Buffer.from(record.value!).toString()).toBe('body of b');
      expect(Buffer.from(record.key!).toString()).toBe('b');
      expect(record.attributes.map(([name, value]) => [name, String(value)])).toEqual([
        ['conformance-id', 'b'],
      ]);
      expect(size).toBeGreaterThanOrEqual('body of b'.length);
      member.pause(place);
      await bench.put(['d'], 0, of);
      const alive = heard.timesAlive;
      await waitUntil(() => heard.timesAlive > alive + 2);
      expect(heard.offsetsOf(0)).toEqual([1, 2]);
      member.resume(place);
      await waitUntil(() => heard.offsetsOf(0).length > 2);
      expect(heard.offsetsOf(0)).toEqual([1, 2, 3]);
      await bench.leave(member);
    });

    it('tells of what is for no reader as of an empty batch', async () => {
      const one = await bench.kafka.topic(1);
      await bench.kafka.transaction(one, 'aborted', false);
      const { member, heard } = await bench.joined([one]);
      const place = { topic: one, ...member0 };
      member.seek({ ...place, offset: 0 });
      member.resume(place);
      await waitUntil(() => heard.batches.some(({ next }) => next > 0));
      expect(heard.batches.flatMap(({ records }) => records)).toEqual([]);
      await bench.leave(member);
    });

    it('tells where the broker has no record to go on with, and fetches there no more', async () => {
      const { member, heard } = await bench.joined([of]);
      const place = { topic: of, ...member0 };
      listenToEmpty(member);
      member.seek({ ...place, offset: 1_000 });
      member.resume(place);
      await waitUntil(() => heard.outOfRanges.length > 0);
      const alive = heard.timesAlive;
      await waitUntil(() => heard.timesAlive > alive + 2);
      expect(heard.outOfRanges).toEqual([`${of}/0`]);
      member.seek({ ...place, offset: 2 });
      member.resume(place);
      await waitUntil(() => heard.offsetsOf(0)[0] === 2);
      await bench.leave(member);
    });

    it('tells of a partition that the broker does not give, reads the others, and tells when it gives it again', async () => {
      const forbidden = await bench.kafka.topic(1);
      const group = bench.kafka.newName('group');
      const read = (resourceType: number, resourceName: string) => ({
        ...{ resourceType, resourceName, resourcePatternType: ResourcePatternTypes.LITERAL },
        ...{ principal: `User:${KAFKA_GUEST.username}`, host: '*' },
        ...{ operation: AclOperationTypes.READ, permissionType: AclPermissionTypes.ALLOW },
      });
      const right = read(AclResourceTypes.TOPIC, forbidden);
      const rights = [
        ...[read(AclResourceTypes.GROUP, group), read(AclResourceTypes.TOPIC, of)],
        right,
      ];
      await bench.kafka.admin((admin) => admin.createAcls({ acl: rights }));
      const guest = await bench.open({
        brokers: sharedKafka().bootstrap.saslPlaintext.split(',').slice(0, 1),
        sasl: { mechanism: 'plain', ...KAFKA_GUEST },
      });
      const { member, heard } = await bench.joined([of, forbidden], { group, of: guest });
      const places = [of, forbidden].map((one) => ({ topic: one, partition: 0 }));
      for (const place of places) {
        member.seek({ ...place, offset: 0 });
        member.resume(place);
      }
      const count = () => heard.batches.flatMap(({ records }) => records).length;
      await waitUntil(() => count() > 0);
      await bench.kafka.admin((admin) => admin.deleteAcls({ filters: [right] }));
      await waitUntil(() => heard.failed.length > 0);
      expect(heard.failed[0]).toEqual({ place: `${forbidden}/0`, error: expect.any(Error) });
      const before = count();
      await bench.put(['after'], 0, of);
      await waitUntil(() => count() > before);
      expect(heard.recovered).toEqual([]);
      await bench.kafka.admin((admin) => admin.createAcls({ acl: [right] }));
      await waitUntil(() => {
        member.resume(places[1]!);
        return heard.recovered.length > 0;
      });
      expect(heard.recovered[0]).toBe(`${forbidden}/0`);
      expect(heard.crashes).toEqual([]);
      await bench.leave(member);
    });

    it('commits, and resolves with what the group did not take of it', async () => {
      const { member, group } = await bench.joined([of]);
      const refused = await member.commit([
        { topic: of, partition: 0, offset: 2, metadata: 'kept' },
        { topic: of, partition: 1, offset: 1, metadata: 'x'.repeat(10_000) },
      ]);
      expect(refused).toEqual([{ topic: of, partition: 1, error: expect.any(Error) }]);
      expect([...(await bench.driver.committed(group, of))]).toEqual([
        [0, { offset: 2, metadata: 'kept' }],
      ]);
      await bench.leave(member);
    });

    it('rejects a commit of a member that it is no longer', async () => {
      const { member, heard, group } = await bench.joined([of]);
      await bench.driver.removeMembers(group);
      await expect(member.commit([{ topic: of, partition: 0, offset: 1 }])).rejects.toThrow();
      expect([...(await bench.driver.committed(group, of))]).toEqual([]);
      await waitUntil(() => heard.assignments.length > 1);
      await bench.leave(member);
    });

    it('keeps what it would like to keep when another one joins, and has a rebalance when it asks', async () => {
      const first = await bench.joined([of]);
      first.heard.wanted = [{ topic: of, partition: 1 }];
      const second = new RecordingListener();
      const other = bench.driver.member(
        { group: first.group, topics: [of], clientId: 'other' },
        second,
      );
      await other.connect();
      await other.join();
      await waitUntil(() => first.heard.ours.length === 1 && second.ours.length === 1);
      expect([first.heard.ours, second.ours]).toEqual([[`${of}/1`], [`${of}/0`]]);
      const before = [first.heard.assignments.length, second.assignments.length] as const;
      first.member.rejoin();
      await waitUntil(() => first.heard.assignments.length > before[0]);
      await waitUntil(() => second.assignments.length > before[1]);
      await bench.leave(other);
      await waitUntil(() => first.heard.ours.length === 2);
      await bench.leave(first.member);
    });

    it('has a rebalance where partitions were added, once it is told to look', async () => {
      const grown = await bench.kafka.topic(1);
      const { member, heard } = await bench.joined([grown]);
      await bench.kafka.admin((admin) =>
        admin.createPartitions({ topicPartitions: [{ topic: grown, count: 2 }] }),
      );
      await waitUntil(async () => {
        member.refresh();
        await new Promise((resolve) => setTimeout(resolve, 100));
        return heard.ours.length === 2;
      });
      expect(heard.ours).toEqual([`${grown}/0`, `${grown}/1`]);
      await bench.leave(member);
    });

    it('crashes where the group will not have it, and is told nothing afterwards', async () => {
      const refused = await bench.open({ sessionTimeoutMs: 1 });
      const heard = new RecordingListener();
      const options = { group: bench.kafka.newName('group'), topics: [of], clientId: 'member' };
      const member = refused.member(options, heard);
      await member.connect();
      await expect(member.join()).rejects.toThrow();
      expect(heard.crashes).toHaveLength(1);
      await bench.leave(member);
      expect(heard.late).toBe(0);
    });

    it('knows that its session is over, and leaves at its deadline also where nothing answers', async () => {
      const { member, proxy } = cutOff;
      await waitUntil(() => member.isExpired, 3 * SESSION_MS);
      await member.leave(monotonicNow());
      await waitUntil(() => proxy.connections === 0);
    });
  });
}
