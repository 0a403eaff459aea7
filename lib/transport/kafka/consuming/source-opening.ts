import type { SourceNotice, StartPosition } from '../../transport.interface.js';
import type {
  CommittedPlace,
  KafkaDriver,
  PartitionOffsets,
  PartitionPlace,
} from '../kafka-driver.interface.js';
import { sourceName } from './partition-source.js';
import { type OffsetRange, readSettledAhead } from './settled-ahead.js';
import { pauseFor } from '../../../common/waiting.js';
import { startOffsets } from './start-places.js';

export interface OpeningPlace extends PartitionPlace {
  /** Where reading begins. */
  readonly from: number;
  /** Where the group is at the broker; -1: it has no position yet. */
  readonly committed: number;
  /** What is settled behind that. */
  readonly ahead?: readonly OffsetRange[];
  readonly notices: readonly SourceNotice[];
}

export interface Opening {
  readonly driver: KafkaDriver;
  readonly group: string | null;
  readonly start: StartPosition;
  readonly fixed: FixedStarts;
  /** How many partitions each topic had when it was first read. */
  readonly counts: Map<string, number>;
  /** The id that a topic has; undefined where the broker tells none. */
  readonly idOf: (topic: string) => string | undefined;
}

/** A gap is looked at a second time after this: a broker that was away may know of its log a little later. */
const CONFIRM_MS = 1_000;

/**
 * Where reading of partitions of a topic begins: where the group is, else at `start`, else, in a partition that was
 * added while we read its topic, with its first record. A group whose records are no longer kept goes on with the
 * first one that is, which is a notice `gap`.
 */
export async function openingPlaces(
  opening: Opening,
  topic: string,
  partitions: readonly number[],
): Promise<readonly OpeningPlace[]> {
  const { driver, group, start, fixed, counts } = opening;
  const [committed, firsts, starts] = await Promise.all([
    group === null ? new Map<number, CommittedPlace>() : driver.committed(group, topic),
    driver.offsets(topic, 'earliest'),
    fixed.of(topic) ?? startOffsets(driver, topic, start),
  ]);
  const earliest = await confirmed(driver, topic, firsts, committed);
  const count = counts.get(topic) ?? fixed.of(topic)?.size ?? earliest.size;
  counts.set(topic, count);
  const ends = await endsFor(driver, topic, committed);
  return partitions.map((partition) => {
    const first = earliest.get(partition) ?? 0;
    const isAdded = partition >= count;
    const begin = isAdded ? first : Math.max(starts.get(partition) ?? first, first);
    const how = isAdded ? 'added' : startText(start);
    const place = committed.get(partition);
    const ahead = place && settledAhead(place, opening.idOf(topic), ends.get(partition));
    const isNew = place !== undefined && fixed.isOurs(topic, partition, place.offset);
    const why = place === undefined || isNew ? how : 'committed';
    return openingPlace({ topic, partition }, place?.offset, { begin, first, why, ahead });
  });
}

/** The first offsets that are kept, asked for once more where it seems that something is lost. */
async function confirmed(
  driver: KafkaDriver,
  topic: string,
  firsts: PartitionOffsets,
  committed: ReadonlyMap<number, CommittedPlace>,
): Promise<PartitionOffsets> {
  const isLost = [...committed].some(([at, { offset }]) => offset < (firsts.get(at) ?? 0));
  if (!isLost) return firsts;
  await pauseFor(CONFIRM_MS);
  return driver.offsets(topic, 'earliest');
}

/** Nothing behind the end of a partition can be settled: asked for only where somebody says that something is. */
async function endsFor(
  driver: KafkaDriver,
  topic: string,
  committed: ReadonlyMap<number, CommittedPlace>,
): Promise<PartitionOffsets> {
  const isTold = [...committed.values()].some(({ metadata }) => metadata !== '');
  return isTold ? driver.offsets(topic, 'latest') : new Map<number, number>();
}

function settledAhead(
  { offset, metadata }: CommittedPlace,
  topicId: string | undefined,
  end = 0,
): readonly OffsetRange[] {
  const told = topicId === undefined ? undefined : readSettledAhead(metadata);
  if (told?.topicId !== topicId || told?.committed !== offset) return [];
  return told.ranges.at(-1)![1] <= end ? told.ranges : [];
}

interface Beginning {
  readonly begin: number;
  readonly first: number;
  readonly why: string;
  readonly ahead: readonly OffsetRange[] | undefined;
}

function openingPlace(
  place: PartitionPlace,
  committed: number | undefined,
  { begin, first, why, ahead = [] }: Beginning,
): OpeningPlace {
  const source = sourceName(place);
  const from = committed === undefined ? begin : Math.max(committed, first);
  const notices: SourceNotice[] = [{ kind: 'start', source, detail: `offset ${from} (${why})` }];
  const gap = committed === undefined ? 0 : unsettledBetween(committed, first, ahead);
  if (gap > 0) notices.push({ kind: 'gap', source, count: gap });
  return { ...place, from, committed: committed ?? -1, ahead, notices };
}

function unsettledBetween(from: number, to: number, settled: readonly OffsetRange[]): number {
  const known = settled.map(([first, end]) => Math.max(0, Math.min(end, to) - first));
  return to - from - known.reduce((sum, count) => sum + count, 0);
}

function startText(start: StartPosition): string {
  return typeof start === 'string' ? start : Object.keys(start)[0]!;
}

const NONE: PartitionOffsets = new Map();

export interface FixedStartsParts {
  readonly driver: Pick<KafkaDriver, 'topics' | 'offsets' | 'committed' | 'setCommitted'>;
  readonly group: string | null;
  readonly start: StartPosition;
  readonly topics: readonly string[];
}

/**
 * Where reading of partitions begins for which the group has no position, where that moves on as time goes by: found
 * before anybody relies on it, and told to the group where it has no members, so that it is the same for all of them
 * and outlives this process. While it has members, only this one knows.
 */
export class FixedStarts {
  private readonly found = new Map<string, PartitionOffsets>();
  private readonly told = new Map<string, PartitionOffsets>();

  constructor(private readonly parts: FixedStartsParts) {}

  /** Rejects as the driver does. A topic that is not there is read from its beginning once it is. */
  async fix(): Promise<void> {
    const { driver, start, topics } = this.parts;
    if (start === 'earliest' || (typeof start === 'object' && 'after' in start)) return;
    const states = await driver.topics(topics);
    await Promise.all(
      topics.filter((topic) => states.get(topic) !== null).map((topic) => this.fixTopic(topic)),
    );
  }

  /** Undefined where it is not fixed. */
  of(topic: string): PartitionOffsets | undefined {
    return this.found.get(topic);
  }

  /** Whether the group has the position from us, because it had none. */
  isOurs(topic: string, partition: number, offset: number): boolean {
    return this.told.get(topic)?.get(partition) === offset;
  }

  /** Another topic has the name. */
  forget(topic: string): void {
    this.found.set(topic, NONE);
    this.told.delete(topic);
  }

  private async fixTopic(topic: string): Promise<void> {
    const { driver, group, start } = this.parts;
    const starts = await startOffsets(driver, topic, start);
    this.found.set(topic, starts);
    if (group === null) return;
    // After the ends: a position that another process has told the group since is not behind its own start.
    const committed = await driver.committed(group, topic);
    const missing = new Map([...starts].filter(([partition]) => !committed.has(partition)));
    if (missing.size === 0) return;
    try {
      await driver.setCommitted(group, topic, missing);
      this.told.set(topic, missing);
    } catch {
      // The group has members. Whoever is given the partition tells it.
    }
  }
}
