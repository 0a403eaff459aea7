import type { SourceNotice, Start } from '../../transport.interface.js';
import type { KafkaDriver, PartitionPlace } from '../kafka-driver.interface.js';
import { sourceName } from './partition-source.js';
import { startOffsets } from './start-places.js';

export interface OpeningPlace extends PartitionPlace {
  /** Where reading begins. */
  readonly from: number;
  /** Where the group is at the broker; -1: it has no position yet. */
  readonly committed: number;
  readonly notices: readonly SourceNotice[];
}

/**
 * Where reading of partitions begins: where the group is, else at `start`, else, in a partition that
 * was added while we read its topic, with its first record. A group whose records are no longer kept
 * goes on with the first one that is, which is a notice `gap`. `counts` keeps how many partitions
 * each topic had when it was first read.
 */
export async function openingPlaces(
  driver: KafkaDriver,
  group: string | null,
  start: Start,
  places: readonly PartitionPlace[],
  counts: Map<string, number>,
): Promise<readonly OpeningPlace[]> {
  const topics = [...new Set(places.map(({ topic }) => topic))];
  const perTopic = await Promise.all(
    topics.map(async (topic) => {
      const [committed, earliest, starts] = await Promise.all([
        group === null ? new Map<number, number>() : driver.committed(group, topic),
        driver.offsets(topic, 'earliest'),
        startOffsets(driver, topic, start),
      ]);
      const ofTopic = places.filter((place) => place.topic === topic);
      const count = counts.get(topic) ?? earliest.size;
      counts.set(topic, count);
      return ofTopic.map(({ partition }) => {
        const place = { topic, partition };
        const first = earliest.get(partition) ?? 0;
        const isAdded = partition >= count;
        const begin = isAdded ? first : Math.max(starts.get(partition) ?? first, first);
        const how = isAdded ? 'added' : startText(start);
        return openingPlace(place, committed.get(partition), begin, first, how);
      });
    }),
  );
  return perTopic.flat();
}

function openingPlace(
  place: PartitionPlace,
  committed: number | undefined,
  begin: number,
  first: number,
  startedAt: string,
): OpeningPlace {
  const source = sourceName(place);
  const from = committed === undefined ? begin : Math.max(committed, first);
  const how = committed === undefined ? startedAt : 'existing';
  const notices: SourceNotice[] = [{ kind: 'start', source, detail: `${how}, offset ${from}` }];
  if (committed !== undefined && committed < first)
    notices.push({ kind: 'gap', source, count: first - committed });
  return { ...place, from, committed: committed ?? -1, notices };
}

function startText(start: Start): string {
  return typeof start === 'string' ? start : Object.keys(start)[0]!;
}
