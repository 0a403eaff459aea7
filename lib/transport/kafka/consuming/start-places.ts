import { ConfigurationError } from '../../../errors/index.js';
import type {
  RecordPosition,
  StartPosition,
  Subscription,
  SourceNotice,
  SourceLag,
} from '../../transport.interface.js';
import type { KafkaDriver, PartitionOffsets, PartitionOffset } from '../kafka-driver.interface.js';
import { sourceName, type PartitionSource } from './partition-source.js';
import { pauseFor } from '../../../common/waiting.js';
import { systemNow } from '../../../common/clocks.js';

/** The offset of each partition at which reading begins. */
export async function startOffsets(
  driver: Pick<KafkaDriver, 'offsets'>,
  topic: string,
  start: StartPosition,
): Promise<PartitionOffsets> {
  if (typeof start === 'string') return driver.offsets(topic, start);
  if ('time' in start) return driver.offsets(topic, start.time);
  const earliest = await driver.offsets(topic, 'earliest');
  return new Map([...earliest, ...offsetsAfter(topic, start.after)]);
}

/** The first offset of each source that a bounded read does not read any more. */
export async function sourceEnds(
  driver: KafkaDriver,
  topics: readonly string[],
  until: NonNullable<Subscription['until']>,
): Promise<ReadonlyMap<string, number>> {
  const perTopic = topics.map(async (topic) =>
    [...(await endOffsets(driver, topic, until))].map(
      ([partition, end]) => [sourceName({ topic, partition }), end] as const,
    ),
  );
  return new Map((await Promise.all(perTopic)).flat());
}

async function endOffsets(
  driver: KafkaDriver,
  topic: string,
  until: NonNullable<Subscription['until']>,
): Promise<PartitionOffsets> {
  if (until === 'end') return driver.offsets(topic, 'latest');
  if ('time' in until) return driver.offsets(topic, until.time);
  const earliest = await driver.offsets(topic, 'earliest');
  const nothing = [...earliest.keys()].map((partition) => [partition, 0] as const);
  return new Map([...nothing, ...offsetsAfter(topic, until.positions)]);
}

/** What to read behind positions of the topic. Throws ConfigurationError for one that is none of ours. */
export function offsetsAfter(
  topic: string,
  positions: readonly RecordPosition[],
): readonly (readonly [number, number])[] {
  return positions
    .filter((position) => position.topic === topic)
    .map(({ partition, offset }) => [
      whole(topic, 'partition', partition, 0),
      whole(topic, 'offset', offset, -1) + 1,
    ]);
}

function whole(topic: string, what: string, text: string, least: number): number {
  const value = Number(text);
  if (/^-?\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
  const allowed = `an integer >= ${least}`;
  throw new ConfigurationError([
    { setting: `${what} of a position in ${topic}`, found: text, allowed },
  ]);
}

/** A partition that seems to end before our place, or to begin behind it, may have a new leader that learns of it a little later. */
const CONFIRM_MS = 1_000;

export interface FoundPlace {
  readonly from: number;
  /** The partition is another than it was: nothing that we know of it holds. */
  readonly isAnew: boolean;
  readonly notice: SourceNotice;
}

/**
 * Where reading goes on when the broker says that it has nothing at a place: with the first record
 * that it has. undefined: at that place, after all.
 */
export async function placeToGoOn(
  driver: KafkaDriver,
  place: PartitionOffset,
): Promise<FoundPlace | undefined> {
  const found = await look(driver, place);
  if (!found) return undefined;
  await pauseFor(CONFIRM_MS);
  return look(driver, place);
}

async function look(
  driver: KafkaDriver,
  { topic, partition, offset }: PartitionOffset,
): Promise<FoundPlace | undefined> {
  const [earliest, latest] = await Promise.all([
    driver.offsets(topic, 'earliest'),
    driver.offsets(topic, 'latest'),
  ]);
  const source = sourceName({ topic, partition });
  const from = earliest.get(partition) ?? 0;
  const end = latest.get(partition) ?? 0;
  if (offset < from)
    return { from, isAnew: false, notice: { kind: 'gap', source, count: from - offset } };
  if (offset <= end) return undefined;
  const detail = `the next offset to read, ${offset}, is after the end of the partition, ${end}; reading from offset ${from}`;
  return { from, isAnew: true, notice: { kind: 'sourceRemade', source, detail } };
}

/** How far each source is behind the end of its partition; null where the broker does not say. */
export async function sourceLags(
  driver: KafkaDriver,
  sources: readonly PartitionSource[],
): Promise<readonly SourceLag[]> {
  const topics = [...new Set(sources.map(({ topic }) => topic))];
  const ends = new Map(
    await Promise.all(
      topics.map(async (topic) => {
        const offsets = await driver.offsets(topic, 'latest').catch(() => undefined);
        return [topic, offsets] as const;
      }),
    ),
  );
  return sources.map(({ topic, partition, source, settledTo, isStarted, oldestTime }) => {
    const end = ends.get(topic)?.get(partition);
    const events = end === undefined || !isStarted ? null : Math.max(0, end - settledTo);
    const age = oldestTime === undefined ? null : Math.max(0, systemNow() - oldestTime);
    return { source, events, oldest: events === 0 ? 0 : age };
  });
}
