import { ConfigurationError } from '../../../errors/index.js';
import type { Position, Start, Subscription } from '../../transport.interface.js';
import type { KafkaDriver, PartitionOffsets } from '../kafka-driver.interface.js';
import { sourceName } from './partition-source.js';

/** The offset of each partition at which reading begins. */
export async function startOffsets(
  driver: Pick<KafkaDriver, 'offsets'>,
  topic: string,
  start: Start,
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
  positions: readonly Position[],
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
  const allowed = `a whole number of at least ${least}`;
  throw new ConfigurationError([
    { setting: `${what} of a position in ${topic}`, found: text, allowed },
  ]);
}
