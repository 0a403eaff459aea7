import { PartitionSource } from '../../../lib/transport/kafka/consuming/partition-source.js';
import type { FetchedRecord } from '../../../lib/transport/kafka/kafka-driver.interface.js';
import type { Delivery } from '../../../lib/transport/transport.interface.js';

const fetched = (offset: number) =>
  ({ offset, size: 1, record: { topic: 't', attributes: [] } }) as unknown as FetchedRecord;

function sourceWith(records: readonly number[]) {
  const state = { expired: false, delivered: [] as Delivery[] };
  let over: () => void = () => undefined;
  const source = new PartitionSource(
    { topic: 't', partition: 2 },
    {
      sink: {
        deliver: (batch: readonly Delivery[]) => {
          state.delivered.push(...batch);
          return new Promise<void>((resolve) => (over = resolve));
        },
      } as never,
      each: false,
      expired: () => state.expired,
      ...{ inHandChanged() {}, changed() {}, settled() {}, misplaced() {}, topicId: () => 'id' },
    },
  );
  source.start({ from: 0 });
  source.take({
    topic: 't',
    partition: 2,
    from: 0,
    next: records.length,
    records: records.map(fetched),
  });
  return { source, state, resolveSink: () => over() };
}

const offsetOf = (source: PartitionSource) => source.idle?.offset;

it('the first record that was fetched and could be delivered is idle', () => {
  const { source } = sourceWith([0, 1, 2]);
  expect(source.idle).toEqual({ topic: 't', partition: '2', offset: '0' });
});

it('nothing is idle while the sink has not resolved, and then what is next', async () => {
  const { source, state, resolveSink } = sourceWith([0, 1, 2]);
  const delivering = source.deliver({ count: 1, bytes: 100 });
  expect([offsetOf(source), state.delivered.length]).toEqual([undefined, 1]);
  resolveSink();
  await delivering;
  expect(offsetOf(source)).toBe('1');
});

it.each<[string, (source: PartitionSource, state: { expired: boolean }) => void]>([
  ['is paused', (source) => (source.paused = true)],
  ['may belong to another member', (_, state) => (state.expired = true)],
  ['has a position that the group does not take', (source) => (source.isRefused = true)],
  ['ends before it', (source) => (source.before = 0)],
  ['was given up', (source) => source.close()],
])('nothing is idle of a partition that %s', (_, change) => {
  const { source, state } = sourceWith([0, 1]);
  change(source, state);
  expect(source.idle).toBeUndefined();
});

it('nothing is idle while a released record waits for its delay', async () => {
  const { source, state, resolveSink } = sourceWith([0, 1]);
  const delivering = source.deliver({ count: 1, bytes: 100 });
  resolveSink();
  await delivering;
  state.delivered[0]!.release(60_000);
  expect(source.idle).toBeUndefined();
  source.close();
});
