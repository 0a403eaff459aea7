import { outsideText } from '../../errors/outside-text.js';
import type {
  EventTransport,
  Position,
  Start,
  TransportAdmin,
} from '../../transport/transport.interface.js';
import { type CliIo, UsageError } from '../option-values.js';
import { StderrLogger } from '../cli-io.js';
import {
  type ReplayOptions,
  type ReplayStart,
  adminOf,
  type ReplayPlace,
  type ReplayPlan,
  type ReplayRange,
} from './replay-plan.js';
import { type FoundRecord, TopicRecords } from './topic-records.js';

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
  io: CliIo,
): Promise<ReplayPlan> {
  const topic = place.fullTopic;
  const admin = adminOf(transport);
  const records = new TopicRecords(transport, topic, io.signal);
  const from = entryPlace(options.from);
  const until = options.until && entryPlace(options.until);
  const before = await admin.positions(place.group, topic);
  const skipped = async (after: readonly Position[]): Promise<string | undefined> => {
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
    throw new UsageError('this transport has no partitions: an event is named by its id alone');
  return place as Extract<P, EntryPlace | 'latest'>;
}

function warnOfGone(io: CliIo, topic: string, from: EntryPlace, first: FoundRecord): void {
  const { offset } = first.position;
  if ('id' in from && offset !== from.id)
    new StderrLogger(io.stderr).warn(
      `${outsideText(topic)} does not have ${outsideText(from.id)} (any more): the first event from there on is ${offset}`,
    );
}

function positionOf(topic: string, offset: string): Position {
  return { topic, partition: '0', offset };
}

/** Where nothing is behind the end that was asked for, the range ends with what there is now. */
async function reachedEnd(
  records: TopicRecords,
  topic: string,
  until: EntryPlace | undefined,
): Promise<ReplayRange['until']> {
  if (!until) return 'end';
  const behind: Start =
    'id' in until ? { after: [positionOf(topic, until.id)] } : { time: until.time };
  if (!(await records.first(behind))) return 'end';
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
  const range = until ? `from ${text(from)} until ${text(until)}` : `at or behind ${text(from)}`;
  return `${topic} has no event ${range}; its last one is ${last ?? 'none'}`;
}
