import { ConfigurationError } from '../../errors/index.js';
import type {
  EventTransport,
  Position,
  Start,
  Subscription,
  TransportAdmin,
} from '../../transport/transport.interface.js';
import { groupPlace, positionText } from '../position-text.js';
import type { FoundRecord } from './topic-records.js';

export interface ReplayPlace {
  /** Without prefix. */
  readonly topic: string;
  readonly fullTopic: string;
  readonly group: string;
}

export interface ReplayRange {
  readonly start: Start;
  readonly until: NonNullable<Subscription['until']>;
}

/** What is to be handled again, as the broker has it now. */
export interface ReplayPlan {
  readonly place: ReplayPlace;
  /** undefined: nothing; the group is moved to the end. */
  readonly range: ReplayRange | undefined;
  /** Where the group is; empty: there is none. */
  readonly before: readonly Position[];
  /** Where the group is to go. */
  readonly after: readonly Position[];
  /** The first event of the range, where it was looked at. */
  readonly first?: FoundRecord;
  /** The events that the group has not read and would not, from one to another; undefined: none. */
  skipped(): Promise<string | undefined>;
}

/** Throws ConfigurationError for a transport that cannot move groups. */
export function adminOf({ admin }: EventTransport): TransportAdmin {
  if (admin) return admin;
  throw new ConfigurationError([
    { setting: 'transport', found: 'one that cannot move groups', allowed: 'redis, kafka' },
  ]);
}

/** How answers tell of records and groups of a transport. */
export class ReplayAnswers {
  private readonly textOf: (position: Position) => string;
  readonly placeOf: (at: readonly Position[]) => unknown;

  constructor({ capabilities }: EventTransport) {
    this.textOf = positionText(capabilities);
    this.placeOf = groupPlace(capabilities);
  }

  record(record: FoundRecord | undefined) {
    if (!record) return null;
    const { position, brokerTime } = record;
    const time = brokerTime === undefined ? undefined : new Date(brokerTime).toISOString();
    return { position: this.textOf(position), ...(time === undefined ? {} : { time }) };
  }
}
