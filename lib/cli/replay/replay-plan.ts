import { ConfigurationError } from '../../errors/index.js';
import type {
  EventTransport,
  RecordPosition,
  StartPosition,
  Subscription,
  TransportAdmin,
} from '../../transport/transport.interface.js';
import { readableTime } from '../output/readable.js';
import { groupPlace, positionText } from '../record-printer.js';
import { type CommandValues, momentOf, textOf, UsageError } from '../command.js';

export interface FoundRecord {
  readonly position: RecordPosition;
  /** When the broker stored it, in ms since the epoch, where it says so. */
  readonly brokerTime: number | undefined;
}

export interface ReplayPlace {
  /** Without prefix. */
  readonly topic: string;
  readonly fullTopic: string;
  readonly group: string;
}

export interface ReplayRange {
  readonly start: StartPosition;
  readonly until: NonNullable<Subscription['until']>;
}

/** What is to be handled again, as the broker has it now. */
export interface ReplayPlan {
  readonly place: ReplayPlace;
  /** undefined: nothing; the group is moved to the end. */
  readonly range: ReplayRange | undefined;
  /** Where the group is; empty: there is none. */
  readonly before: readonly RecordPosition[];
  /** How many records the range holds, where that is known without reading them. */
  readonly size?: number;
  /** Where the group is to go. */
  readonly after: readonly RecordPosition[];
  /** The first event of the range, where it was looked at. */
  readonly first?: FoundRecord;
  /** The events that the group has not read and would not, from one to another; undefined: none. */
  skipped(): Promise<string | undefined>;
}

/** Throws ConfigurationError for a transport that cannot move groups. */
export function adminOf({ admin }: EventTransport): TransportAdmin {
  if (admin) return admin;
  throw new ConfigurationError([
    { setting: 'transport', found: 'one that cannot replay events', allowed: 'redis, kafka' },
  ]);
}

/** A record as answers tell of it. */
export interface ReplayRecord {
  readonly position: string;
  readonly time?: string;
}

/** The position of a group, for people. */
export function placeText(place: unknown): string {
  if (place === null) return 'none';
  if (typeof place === 'string') return place;
  return Object.entries(place as Record<string, number>)
    .map(([partition, next]) => `${partition}:${next}`)
    .join(', ');
}

export function recordText({ position, time }: ReplayRecord): string {
  return time === undefined ? position : `${position}, stored ${readableTime(time)}`;
}

/** How answers tell of records and groups of a transport. */
export class ReplayAnswers {
  private readonly textOf: (position: RecordPosition) => string;
  readonly groupPosition: (at: readonly RecordPosition[]) => unknown;

  constructor({ capabilities }: EventTransport) {
    this.textOf = positionText(capabilities);
    this.groupPosition = groupPlace(capabilities);
  }

  record(record: FoundRecord | undefined): ReplayRecord | null {
    if (!record) return null;
    const { position, brokerTime } = record;
    const time = brokerTime === undefined ? undefined : new Date(brokerTime).toISOString();
    return { position: this.textOf(position), ...(time === undefined ? {} : { time }) };
  }
}

/** Offsets by partition. */
export type Offsets = ReadonlyMap<number, number>;

/** A place in a topic: an entry by its id, a record in some of the partitions, or a moment (ms since the epoch). */
export type Place =
  { readonly id: string } | { readonly offsets: Offsets } | { readonly time: number };

/** `everywhere`: the same offset in each partition. `latest`: the end of the topic. */
export type ReplayStart = Place | { readonly everywhere: number } | 'latest';

export interface ReplayOptions {
  /** The first record that is redelivered is this one, or the first stored at or after. */
  readonly from: ReplayStart;
  /** The last record is this one, or the last stored before. */
  readonly until: Place | undefined;
}

/** Throws UsageError. */
export function replayOptionsOf(values: CommandValues): ReplayOptions {
  const until = textOf(values, 'until');
  return { from: startOf(values), until: until === undefined ? undefined : untilOf(until) };
}

const ID = /^\d{1,20}(-\d{1,20})?$/;
const OFFSET = /^\d{1,15}$/;
const OFFSETS = /^\d{1,9}:\d{1,15}(,\d{1,9}:\d{1,15})*$/;

function startOf(values: CommandValues): ReplayStart {
  const id = textOf(values, 'from-id');
  const offset = textOf(values, 'from-offset');
  const time = textOf(values, 'from-time');
  const toLatest = values['to-latest'] === true;
  const given = [id, offset, time, toLatest || undefined].filter((one) => one !== undefined);
  if (given.length !== 1)
    throw new UsageError(
      'Specify exactly one of --from-id, --from-offset, --from-time and --to-latest.',
    );
  if (id !== undefined) return idOf(id);
  if (offset !== undefined) return offsetOf(offset);
  return time === undefined ? 'latest' : timeOf('--from-time', time);
}

function untilOf(text: string): Place {
  if (OFFSETS.test(text)) return { offsets: offsetsIn(text) };
  return ID.test(text) ? { id: text } : timeOf('--until', text);
}

function idOf(id: string): Place {
  if (OFFSETS.test(id)) return { offsets: offsetsIn(id) };
  if (ID.test(id)) return { id };
  throw new UsageError(
    '--from-id must be the position of an event: "1526919030474-55", or PARTITION:OFFSET such as "0:4711".',
  );
}

function offsetOf(text: string): ReplayStart {
  if (OFFSETS.test(text)) return { offsets: offsetsIn(text) };
  if (OFFSET.test(text)) return { everywhere: Number(text) };
  throw new UsageError(
    '--from-offset must be one offset for all partitions, or PARTITION:OFFSET for some: "0:4711,1:815".',
  );
}

function offsetsIn(text: string): Offsets {
  const places = text.split(',').map((place) => place.split(':').map(Number) as [number, number]);
  const offsets = new Map(places);
  if (offsets.size < places.length) throw new UsageError(`${text} contains a partition twice.`);
  return offsets;
}

function timeOf(option: string, text: string): { readonly time: number } {
  return { time: momentOf(option, text) };
}
