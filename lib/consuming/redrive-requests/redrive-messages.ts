import type { IncomingRecord, OutgoingRecord } from '../../transport/transport.interface.js';
import type { EventMetadata } from '../../events/event-metadata.js';
import { fullTopic } from '../../transport/topic-prefix.js';
import type {
  DeadLetter,
  DeadLetterQuery,
  RedriveOptions,
  RedrivenLetter,
} from '../dead-letters/dead-letters.js';
import { fittingTopic } from '../topic-names.js';

/** A redrive that a process without handlers asks a member of the group for. */
export interface RedriveRequest {
  readonly kind: 'request';
  /** Its id: answers name it. */
  readonly id: string;
  readonly query: DeadLetterQuery;
  readonly options: Pick<RedriveOptions, 'again' | 'rate' | 'limit' | 'by'>;
}

/** Whoever asked for the redrive wants no more of it. */
export interface RedriveStop {
  readonly kind: 'stop';
  readonly id: string;
}

/** What a member says of a redrive. `alive`: it is at work. `end`: it is over; `error`: why it did not come to its end. */
export interface RedriveAnswer {
  readonly kind: 'alive' | 'end';
  readonly id: string;
  readonly results: readonly ToldLetter[];
  readonly error?: ToldError;
}

export type RedriveMessage = RedriveRequest | RedriveStop | RedriveAnswer;

export interface ToldError {
  readonly code: string;
  readonly message: string;
}

/** What became of a letter, as far as somebody elsewhere has to know. */
export interface ToldLetter {
  readonly letter: Pick<DeadLetter, 'id' | 'topic' | 'group' | 'position'> & {
    readonly type?: string;
    readonly metadata?: Pick<EventMetadata, 'id'>;
  };
  readonly result: RedrivenLetter['result'];
  readonly error?: ToldError;
}

const ATTRIBUTE = 'openedx.redrive';
/** What is longer was not written by us. */
const LONGEST = 1_000_000;
const KINDS: readonly unknown[] = ['request', 'stop', 'alive', 'end'];

/** The topic on which members of a group are asked to redrive letters, without prefix. */
export function redriveTopic(prefix: string | undefined, group: string): string {
  return fittingTopic(prefix, group, '-redrive');
}

export function messageRecord(
  message: RedriveMessage,
  { group, topicPrefix }: { readonly group: string; readonly topicPrefix: string | undefined },
): OutgoingRecord {
  return {
    topic: fullTopic(topicPrefix, redriveTopic(topicPrefix, group)),
    key: null,
    value: null,
    attributes: [[ATTRIBUTE, Buffer.from(JSON.stringify(message))]],
    // All of them in one order.
    partition: 0,
  };
}

/** Undefined where the record is no such message. Of its content only kind and id are checked. */
export function redriveMessage({ attributes }: IncomingRecord): RedriveMessage | undefined {
  const bytes = attributes.find(([name]) => name === ATTRIBUTE)?.[1];
  if (!bytes || bytes.length > LONGEST) return undefined;
  try {
    const read = JSON.parse(Buffer.from(bytes).toString('utf8')) as Partial<RedriveMessage> | null;
    if (!KINDS.includes(read?.kind) || typeof read?.id !== 'string') return undefined;
    const { query, options, results } = read as { readonly [Name in string]?: unknown };
    return {
      ...read,
      query: isObject(query) ? query : {},
      options: isObject(options) ? options : {},
      results: Array.isArray(results) ? (results as unknown[]) : [],
    } as unknown as RedriveMessage;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
