import type { CommandIo } from '../cli-io.js';
import { outsideText } from '../../errors/outside-text.js';
import type {
  EventTransport,
  TransportAdmin,
  RecordPosition,
  StartPosition,
} from '../../transport/transport.interface.js';
import { UsageError } from '../command.js';
import { nextOffsets, positionsBefore } from '../record-printer.js';
import {
  type FoundRecord,
  type Offsets,
  type Place,
  type ReplayOptions,
  type ReplayStart,
  adminOf,
  type ReplayPlace,
  type ReplayPlan,
  type ReplayRange,
} from './replay-plan.js';
import { TopicRecords } from './topic-records.js';

/**
 * The plan for a topic with partitions. Everything is known as offsets, so no record is read for it. The
 * end is the one that there is now, unless an earlier one is asked for; partitions that a place does not
 * name are left out. Warns when the first event named is no longer there. Throws UsageError when the
 * range holds no event (it lies in the future, say), or a place is not one of partitions;
 * ConfigurationError when the transport cannot replay.
 */
export async function planOfPartitions(
  transport: EventTransport,
  place: ReplayPlace,
  { from, until }: ReplayOptions,
  io: CommandIo,
): Promise<ReplayPlan> {
  const admin = adminOf(transport);
  const topic = await TopicOffsets.of(admin, place.fullTopic);
  const before = await admin.positions(place.group, topic.name);
  if (from === 'latest') {
    const after = positionsBefore(topic.name, topic.ends);
    return { place, before, after, range: undefined, skipped: () => Promise.resolve(undefined) };
  }
  const begins = await topic.begins(from, (line) => io.logger.warn(line));
  const ends = await topic.endsOf(until, begins);
  if (![...begins].some(([partition, begin]) => begin < ends.get(partition)!))
    throw new UsageError(`No event in this range in ${topic.name}. Available: ${topic.held()}.`);
  return {
    ...{ place, before, after: positionsBefore(topic.name, begins) },
    range: {
      start: { after: positionsBefore(topic.name, new Map([...topic.ends, ...begins])) },
      until: { positions: positionsBefore(topic.name, ends) },
    },
    size: [...begins].reduce((sum, [one, begin]) => sum + Math.max(0, ends.get(one)! - begin), 0),
    skipped: () => Promise.resolve(topic.between(nextOffsets(before), begins)),
  };
}

/** What a topic holds: for each partition its first offset and the one after its last. */
class TopicOffsets {
  private constructor(
    private readonly admin: TransportAdmin,
    readonly name: string,
    private readonly firsts: Offsets,
    readonly ends: Offsets,
  ) {}

  static async of(admin: TransportAdmin, name: string): Promise<TopicOffsets> {
    const [firsts, ends] = await Promise.all([
      admin.resolve(name, 'earliest'),
      admin.resolve(name, 'latest'),
    ]);
    return new TopicOffsets(admin, name, nextOffsets(firsts), nextOffsets(ends));
  }

  /** Where a range begins, in the partitions that belong to it. Throws UsageError. */
  async begins(
    from: Exclude<ReplayStart, 'latest'>,
    warn: (line: string) => void,
  ): Promise<Offsets> {
    if ('time' in from) return this.at(from.time);
    if ('everywhere' in from)
      return this.inside(new Map([...this.ends.keys()].map((one) => [one, from.everywhere])), warn);
    const named = this.named(from);
    for (const [partition, offset] of named)
      if (offset > this.ends.get(partition)!)
        throw new UsageError(
          `No event at or after ${partition}:${offset} in ${this.name}. Available: ${this.held()}.`,
        );
    return this.inside(named, warn);
  }

  /** The offsets after a range, in the partitions where it begins. Throws UsageError. */
  async endsOf(until: Place | undefined, begins: Offsets): Promise<Offsets> {
    const asked = until && ('time' in until ? await this.at(until.time) : after(this.named(until)));
    const ends = [...begins.keys()].map((partition) => {
      const end = this.ends.get(partition)!;
      return [partition, asked ? Math.min(asked.get(partition) ?? 0, end) : end] as const;
    });
    return new Map(ends);
  }

  /** What lies between a group's offsets and later ones; it begins with what it has no offset for. */
  between(group: Offsets, later: Offsets): string | undefined {
    const skipped = [...later]
      .map(([partition, to]) => {
        const first = this.firsts.get(partition)!;
        return { partition, to, from: Math.max(group.get(partition) ?? first, first) };
      })
      .filter(({ from, to }) => from < to)
      .map(({ partition, from, to }) => `${partition}:${from} to ${partition}:${to - 1}`);
    return skipped.length === 0 ? undefined : skipped.join(', ');
  }

  /** For messages. */
  held(): string {
    const ranges = [...this.ends].map(([partition, end]) => {
      const first = this.firsts.get(partition)!;
      return first < end ? `${partition}:${first} to ${partition}:${end - 1}` : undefined;
    });
    return ranges.filter((range) => range !== undefined).join(', ') || 'none';
  }

  private async at(time: number): Promise<Offsets> {
    const found = nextOffsets(await this.admin.resolve(this.name, { time }));
    return new Map([...found].filter(([partition]) => this.ends.has(partition)));
  }

  private named(place: { readonly offsets: Offsets } | { readonly id: string }): Offsets {
    if ('id' in place)
      throw new UsageError(
        `${place.id} has no partition; use PARTITION:OFFSET, such as 0:${place.id}.`,
      );
    for (const partition of place.offsets.keys())
      if (!this.ends.has(partition))
        throw new UsageError(
          `${this.name} has no partition ${partition}. Available: ${[...this.ends.keys()].join(', ')}.`,
        );
    return place.offsets;
  }

  private inside(wanted: Offsets, warn: (line: string) => void): Offsets {
    const begins = [...wanted].map(([partition, offset]) => {
      const first = this.firsts.get(partition)!;
      if (0 < offset && offset < first)
        warn(
          `Event ${partition}:${offset} is no longer in ${outsideText(this.name)}; starting at ${partition}:${first}`,
        );
      return [partition, Math.min(Math.max(offset, first), this.ends.get(partition)!)] as const;
    });
    return new Map(begins);
  }
}

/** The offsets after records that belong to a range. */
function after(last: Offsets): Offsets {
  return new Map([...last].map(([partition, offset]) => [partition, offset + 1]));
}

/** A place where a topic is one line of entries. */
type EntryPlace = { readonly id: string } | { readonly time: number };

/**
 * The plan for a topic that is one line of entries with ids. Warns when the first event named is no
 * longer there. Throws UsageError when the range holds no event (it lies in the future, say), or
 * partitions are named; ConfigurationError when the transport cannot replay.
 */
export async function planOfEntries(
  transport: EventTransport,
  place: ReplayPlace,
  options: ReplayOptions,
  io: CommandIo,
): Promise<ReplayPlan> {
  const topic = place.fullTopic;
  const admin = adminOf(transport);
  const records = new TopicRecords(transport, topic, io.signal);
  const from = entryPlace(options.from);
  const until = options.until && entryPlace(options.until);
  const before = await admin.positions(place.group, topic);
  const skipped = async (after: readonly RecordPosition[]): Promise<string | undefined> => {
    const first = await records.first({ after: before }, { positions: after });
    return first && `${first.position.offset} to ${after[0]!.offset}`;
  };
  if (from === 'latest') {
    const after = await admin.resolve(topic, 'latest');
    return { place, before, after, range: undefined, skipped: () => skipped(after) };
  }
  const after =
    'id' in from
      ? [admin.before(positionOf(topic, from.id))]
      : await admin.resolve(topic, { time: from.time });
  const range = { start: { after }, until: await reachedEnd(records, topic, until) };
  const first = await records.first(range.start, range.until);
  if (!first) throw new UsageError(await nothingThere(admin, topic, from, until));
  warnOfGone(io, topic, from, first);
  return { place, before, after, range, first, skipped: () => skipped(after) };
}

function entryPlace<P extends ReplayStart>(place: P): Extract<P, EntryPlace | 'latest'> {
  if (typeof place === 'object' && ('offsets' in place || 'everywhere' in place))
    throw new UsageError('This transport has no partitions: specify only the entry id.');
  return place as Extract<P, EntryPlace | 'latest'>;
}

function warnOfGone(io: CommandIo, topic: string, from: EntryPlace, first: FoundRecord): void {
  const { offset } = first.position;
  if ('id' in from && offset !== from.id)
    io.logger.warn(
      `Event ${outsideText(from.id)} is no longer in ${outsideText(topic)}; starting at ${offset}`,
    );
}

function positionOf(topic: string, offset: string): RecordPosition {
  return { topic, partition: '0', offset };
}

/** Where nothing is after the end that was asked for, the range ends with what there is now. */
async function reachedEnd(
  records: TopicRecords,
  topic: string,
  until: EntryPlace | undefined,
): Promise<ReplayRange['until']> {
  if (!until) return 'end';
  const rest: StartPosition =
    'id' in until ? { after: [positionOf(topic, until.id)] } : { time: until.time };
  if (!(await records.first(rest))) return 'end';
  return 'id' in until ? { positions: [positionOf(topic, until.id)] } : { time: until.time };
}

async function nothingThere(
  admin: TransportAdmin,
  topic: string,
  from: EntryPlace,
  until: EntryPlace | undefined,
): Promise<string> {
  const last = (await admin.resolve(topic, 'latest'))[0]?.offset;
  const text = (place: EntryPlace): string =>
    'id' in place ? place.id : new Date(place.time).toISOString();
  const range = until ? `from ${text(from)} until ${text(until)}` : `at or after ${text(from)}`;
  return last === undefined
    ? `${topic} has no events.`
    : `No event ${range} in ${topic}. Its last event is ${last}.`;
}
