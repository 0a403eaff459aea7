import { ConfigurationError } from '../../errors/index.js';
import type {
  EventTransport,
  Position,
  Start,
  Subscription,
  TransportAdmin,
} from '../../transport/transport.interface.js';
import type { CliIo } from '../command.interface.js';
import { StderrLogger } from '../stderr-logger.js';
import { UsageError } from '../usage-error.js';
import type { Place, ReplayOptions } from './replay-options.js';
import { type FoundRecord, TopicRecords } from './topic-records.js';

export interface ReplayPlace {
  /** Without prefix. */
  readonly topic: string;
  readonly fullTopic: string;
  readonly group: string;
}

/** What is to be handled again, as the broker has it now. */
export class ReplayPlan {
  private constructor(
    readonly admin: TransportAdmin,
    readonly records: TopicRecords,
    readonly place: ReplayPlace,
    /** Positions behind which the range begins. */
    readonly after: readonly Position[],
    readonly until: NonNullable<Subscription['until']>,
    /** The first event of the range. */
    readonly first: FoundRecord,
    /** Where the group is; empty: there is none. */
    readonly before: readonly Position[],
  ) {}

  /**
   * Warns when the first event named is no longer there. Throws UsageError when the range holds no
   * event (it lies in the future, say), ConfigurationError when the transport cannot replay.
   */
  static async make(
    transport: EventTransport,
    place: ReplayPlace,
    { from, until }: ReplayOptions,
    io: CliIo,
  ): Promise<ReplayPlan> {
    const { admin } = transport;
    if (!admin)
      throw new ConfigurationError([
        { setting: 'transport', found: 'one that cannot move groups', allowed: 'redis' },
      ]);
    const topic = place.fullTopic;
    const records = new TopicRecords(transport, topic, io.signal);
    const after =
      'id' in from
        ? [admin.before(positionOf(topic, from.id))]
        : await admin.resolve(topic, { time: from.time });
    const end = await reachedEnd(records, topic, until);
    const first = await records.first({ after }, end);
    if (!first) throw new UsageError(await nothingThere(admin, topic, from, until));
    if ('id' in from && first.position.offset !== from.id)
      new StderrLogger(io.stderr).warn(
        `${topic} does not have ${from.id} (any more): the first event from there on is ${first.position.offset}`,
      );
    const before = await admin.positions(place.group, topic);
    return new ReplayPlan(admin, records, place, after, end, first, before);
  }

  /** The answer of a dry run: every event of the range is counted. */
  async survey(): Promise<Readonly<Record<string, unknown>>> {
    const { events, first, last } = await this.records.survey({ after: this.after }, this.until);
    const { topic, group } = this.place;
    return {
      topic,
      group,
      dry_run: true,
      events,
      first: recordAnswer(first),
      last: recordAnswer(last),
      before: offsetsOf(this.before),
      after: offsetsOf(this.after),
      members: await this.admin.members(group),
    };
  }
}

export function recordAnswer(record: FoundRecord | undefined) {
  if (!record) return null;
  const { position, brokerTime } = record;
  const time = brokerTime === undefined ? undefined : new Date(brokerTime).toISOString();
  return { position: position.offset, ...(time === undefined ? {} : { time }) };
}

/** One text for a topic of one source; null where there is no position. */
export function offsetsOf(positions: readonly Position[]): string | null {
  if (positions.length === 0) return null;
  if (positions.length === 1) return positions[0]!.offset;
  return positions.map(({ partition, offset }) => `${partition}:${offset}`).join(',');
}

function positionOf(topic: string, offset: string): Position {
  return { topic, partition: '0', offset };
}

/** Where nothing is behind the end that was asked for, the range ends with what there is now. */
async function reachedEnd(
  records: TopicRecords,
  topic: string,
  until: Place | undefined,
): Promise<NonNullable<Subscription['until']>> {
  if (!until) return 'end';
  const behind: Start =
    'id' in until ? { after: [positionOf(topic, until.id)] } : { time: until.time };
  if (!(await records.first(behind))) return 'end';
  return 'id' in until ? { positions: [positionOf(topic, until.id)] } : { time: until.time };
}

async function nothingThere(
  admin: TransportAdmin,
  topic: string,
  from: Place,
  until: Place | undefined,
): Promise<string> {
  const last = offsetsOf(await admin.resolve(topic, 'latest'));
  const text = (place: Place): string =>
    'id' in place ? place.id : new Date(place.time).toISOString();
  const range = until ? `from ${text(from)} until ${text(until)}` : `at or behind ${text(from)}`;
  return `${topic} has no event ${range}; its last one is ${last ?? 'none'}`;
}
