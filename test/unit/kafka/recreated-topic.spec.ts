import { jest } from '@jest/globals';
import { FixedStarts } from '../../../lib/transport/kafka/consuming/source-opening.js';
import { SourceSet } from '../../../lib/transport/kafka/consuming/source-set.js';
import { TopicWatch } from '../../../lib/transport/kafka/consuming/topic-watch.js';
import type {
  FetchedRecord,
  KafkaDriver,
  MemberClient,
  PartitionOffset,
} from '../../../lib/transport/kafka/kafka-driver.interface.js';
import { RecordingSink } from '../../../lib/testing/conformance/recording-sink.js';

const PLACE = { topic: 't', partition: 0 };

/** One partition that is read up to offset 10 of the topic `a`, by a client that does as it is told. */
async function reading() {
  const broker = { id: 'a' };
  const fetches: (PartitionOffset | 'pause' | 'resume')[] = [];
  const sink = new RecordingSink();
  const driver = {
    topics: () => Promise.resolve(new Map([['t', { id: broker.id, epochs: new Map([[0, 0]]) }]])),
    offsets: () => Promise.resolve(new Map([[0, 0]])),
  } as unknown as KafkaDriver;
  const member = {
    seek: (place: PartitionOffset) => void fetches.push(place),
    pause: () => void fetches.push('pause'),
    resume: () => void fetches.push('resume'),
    ...{ refresh() {}, rejoin() {} },
  } as unknown as MemberClient;
  const nothing = (): void => undefined;
  const watch = new TopicWatch(driver, ['t'], new Map(), {
    remade: (topic, state) => sources.remade(topic, state),
    ...{ grown: nothing, missing: nothing, found: nothing },
  });
  const changed = (): void => {
    for (const source of sources.all)
      if (source.canDeliver) void source.deliver({ count: 100, bytes: 1_000 });
    sources.steerFetching();
  };
  const wanted = { topics: ['t'], group: null, start: 'earliest', maxInFlight: 100 } as const;
  const sources: SourceSet = new SourceSet({
    ...{ driver, member, sink, wanted, watch, committer: undefined },
    starts: new FixedStarts({ driver, group: null, start: 'earliest', topics: ['t'] }),
    source: {
      ...{ sink, each: false, expired: () => false, inHandChanged: nothing },
      ...{ changed: () => queueMicrotask(changed), settled: nothing },
    },
    failed: (_, error) => {
      throw error;
    },
    healed: nothing,
  });
  const take = (from: number, next: number): void => {
    const records = Array.from({ length: next - from }, (_, n) => ({
      ...{ offset: from + n, size: 1 },
      record: { topic: broker.id, key: null, attributes: [], value: null },
    })) as unknown as FetchedRecord[];
    sources.take({ ...PLACE, from, next, records });
  };
  sources.assigned([PLACE], false);
  await sources.opened();
  take(0, 10);
  await new Promise(setImmediate);
  fetches.length = 0;
  return { broker, sources, sink, take, fetches };
}

const delivered = (sink: RecordingSink): string[] =>
  sink.deliveries.map(({ record, position }) => `${record.topic}${position.offset}`);
const firstTen = (topic: string): string[] =>
  Array.from({ length: 10 }, (_, offset) => `${topic}${offset}`);

describe('a topic that was recreated, and has records at the place where reading was', () => {
  beforeEach(() => void jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask'] }));
  afterEach(() => void jest.useRealTimers());

  it.each<[string, (sources: SourceSet) => void]>([
    ['after a rebalance', (sources) => sources.assigned([PLACE], false)],
    ['after a failed fetch', (sources) => sources.fetchFailed(PLACE)],
  ])('%s: it is read from its beginning, and nothing of it before', async (_, happens) => {
    const { broker, sources, sink, take, fetches } = await reading();
    broker.id = 'b';
    happens(sources);
    take(10, 20);
    await jest.advanceTimersByTimeAsync(5_000);
    expect(delivered(sink)).toEqual(firstTen('a'));
    expect(fetches.filter((one) => typeof one === 'object')).toEqual([{ ...PLACE, offset: 0 }]);
    expect(fetches.at(-1)).toBe('resume');
    take(0, 10);
    await new Promise(setImmediate);
    expect(delivered(sink)).toEqual([...firstTen('a'), ...firstTen('b')]);
  });

  it('the same topic is read on where it was, with what came meanwhile', async () => {
    const { sources, sink, take, fetches } = await reading();
    sources.assigned([PLACE], false);
    take(10, 12);
    await new Promise(setImmediate);
    expect(delivered(sink)).toEqual(firstTen('a'));
    expect(fetches).toEqual(['pause', { ...PLACE, offset: 10 }, 'resume']);
    take(10, 12);
    await new Promise(setImmediate);
    expect(delivered(sink)).toEqual([...firstTen('a'), 'a10', 'a11']);
  });
});
