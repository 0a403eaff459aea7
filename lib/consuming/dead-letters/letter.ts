import { createHash } from 'node:crypto';
import { systemNow } from '../../common/clocks.js';
import { EventBusError, HandlersFailedError, type HandlerFailure } from '../../errors/index.js';
import { messageOf } from '../../errors/foreign-error.js';
import { thrownText } from '../../errors/thrown-values.js';
import { AttributeTexts, partitionNumber, storedAt, textAttributes } from '../attribute-texts.js';
import type { DeadLetterHandler } from './dead-letters.js';
import type {
  Delivery,
  EventRecord,
  IncomingRecord,
  OutgoingRecord,
} from '../../transport/transport.interface.js';

/** The attributes that a letter has behind those of its record: the names of KIP-1191, and ours. */
const ATTRIBUTES = {
  topic: '__dlq.errors.topic',
  partition: '__dlq.errors.partition',
  offset: '__dlq.errors.offset',
  group: '__dlq.errors.group',
  deliveryCount: '__dlq.errors.delivery.count',
  message: '__dlq.errors.message',
  id: 'openedx.dlq.id',
  code: 'openedx.dlq.code',
  handlers: 'openedx.dlq.handlers',
  firstTime: 'openedx.dlq.first-time',
  lastTime: 'openedx.dlq.last-time',
  originalTime: 'openedx.dlq.original-timestamp',
  redrives: 'openedx.dlq.redrives',
  stack: 'openedx.dlq.stack',
} as const;

type Fact = keyof typeof ATTRIBUTES;
type Texts = Partial<Record<Fact, string | undefined>>;

/** Those that a letter keeps where the broker rejects it for its size: KIP-1191's, and what a redrive needs. */
const SHORTEST: readonly Fact[] = [
  'topic',
  'partition',
  'offset',
  'group',
  'deliveryCount',
  'message',
  'id',
  'handlers',
];
const OURS = /^(?:__dlq\.errors|openedx\.dlq)\./;

const LONGEST_MESSAGE = 1_024;
const SHORT_MESSAGE = 128;
const LONGEST_HANDLERS = 4_096;
const LONGEST_STACK = 2_048;

/** What a letter says of the record that it keeps, as far as it says it. */
export interface LetterFacts {
  readonly id: string | undefined;
  /** Full topic. */
  readonly topic: string | undefined;
  readonly partition: string | undefined;
  readonly offset: string | undefined;
  readonly group: string | undefined;
  readonly deliveryCount: number | undefined;
  readonly message: string | undefined;
  readonly code: string | undefined;
  readonly handlers: readonly DeadLetterHandler[];
  readonly firstTime: Date | undefined;
  readonly lastTime: Date | undefined;
  readonly originalTime: Date | undefined;
  /** How often it was redriven and failed again. */
  readonly redrives: number;
}

/** A record that is given up. */
export interface GivenUp {
  readonly delivery: Delivery;
  readonly group: string;
  readonly error: unknown;
  readonly attempts: number;
  /** The handlers that are to have it again; empty: all of its event. */
  readonly failures: readonly HandlerFailure[];
  /** When it was first left to wait for a later retry. */
  readonly firstTime?: Date | undefined;
  /** The letter that it was redriven from. */
  readonly before?: LetterFacts | undefined;
}

export interface Letter {
  readonly id: string;
  readonly record: OutgoingRecord;
  /** The same without what can be left out. */
  readonly shortest: OutgoingRecord;
}

/** The letter of a record: key, value and attributes as they are, and behind them what became of it. */
export function letterOf(given: GivenUp, topic: string, withStack: boolean): Letter {
  const { delivery, group, error, attempts, failures, before, firstTime } = given;
  const { position, record } = delivery;
  const now = new Date(systemNow()).toISOString();
  const id = letterId(given);
  const facts: Texts = {
    topic: position.topic,
    partition: position.partition,
    offset: position.offset,
    group,
    deliveryCount: String(delivery.deliveryCount ?? Math.max(1, attempts)),
    message: cut(reasonOf(error, failures), LONGEST_MESSAGE),
    id,
    code: error instanceof EventBusError ? error.code : 'HANDLERS_FAILED',
    handlers: handlersText(failures),
    firstTime: (before?.firstTime ?? firstTime)?.toISOString() ?? now,
    lastTime: now,
    originalTime: before?.originalTime?.toISOString() ?? storedAt(record),
    redrives: String(before ? before.redrives + 1 : 0),
    stack: withStack ? cut(stackOf(error, failures), LONGEST_STACK) : undefined,
  };
  const shortest: Texts = {
    ...(Object.fromEntries(SHORTEST.map((name) => [name, facts[name]])) as Texts),
    message: cut(facts.message!, SHORT_MESSAGE),
    handlers: idsText(failures),
  };
  const own = attributesOf(record);
  const made = (texts: Texts): OutgoingRecord => ({
    topic,
    key: record.key,
    value: record.value,
    attributes: [...own, ...textAttributes(ATTRIBUTES, texts)],
    partition: partitionNumber(position.partition),
    untrimmed: true,
  });
  return { id, record: made(facts), shortest: made(shortest) };
}

/** The record that a letter keeps, as it was on its topic. */
export function recordOf(
  letter: EventRecord,
  { topic = '', originalTime }: Pick<LetterFacts, 'topic' | 'originalTime'>,
): IncomingRecord {
  const { key, value } = letter;
  return {
    ...{ topic, key, value, attributes: attributesOf(letter) },
    ...(originalTime && { brokerTime: originalTime.getTime() }),
  };
}

/** Whether a record says of itself that it is a letter. */
export function isLetter({ attributes }: EventRecord): boolean {
  return attributes.some(([name]) => name === ATTRIBUTES.id);
}

function attributesOf({ attributes }: EventRecord): EventRecord['attributes'] {
  return attributes.some(([name]) => OURS.test(name))
    ? attributes.filter(([name]) => !OURS.test(name))
    : attributes;
}

/** Reads what a record says of itself as a letter. What others wrote there, and makes no sense, counts as not said. */
export function factsOf(record: EventRecord): LetterFacts {
  const said = new AttributeTexts(ATTRIBUTES, record);
  const id = said.text('id');
  return {
    id: id !== undefined && UUID.test(id) ? id : undefined,
    topic: said.text('topic'),
    partition: said.text('partition'),
    offset: said.text('offset'),
    group: said.text('group'),
    deliveryCount: said.count('deliveryCount'),
    message: said.text('message'),
    code: said.text('code'),
    handlers: handlersIn(said.text('handlers')),
    firstTime: said.time('firstTime'),
    lastTime: said.time('lastTime'),
    originalTime: said.time('originalTime'),
    redrives: said.count('redrives') ?? 0,
  };
}

const UUID = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/;

/**
 * The same for the same record, group and handlers: what is written twice after a crash can be told from two letters. The
 * content tells apart records of a topic that was recreated, whose offsets begin anew.
 */
function letterId({ delivery: { position, record }, group, failures }: GivenUp): string {
  const { topic, partition, offset } = position;
  const handlers = failures.map(({ handler }) => handler).sort();
  const content = contentDigest(record);
  return nameUuid(JSON.stringify([group, topic, partition, offset, content, ...handlers]));
}

/** 40 hexadecimal digits of key, value and attributes of a record, or of the one that a letter keeps. */
export function contentDigest(record: EventRecord): string {
  const hash = createHash('sha1');
  const add = (part: Uint8Array | null): void => {
    hash.update(part ? `${part.length}:` : 'null');
    if (part) hash.update(part);
  };
  add(record.key);
  add(record.value);
  for (const [name, value] of attributesOf(record)) {
    add(Buffer.from(name));
    add(value);
  }
  return hash.digest('hex');
}

/** Namespace of our UUIDs. */
const NAMESPACE = Buffer.from('9d1c2f6e5b0a4c7f8e3d6a2b1c0f9e8d', 'hex');

/** A UUID of version 5 (RFC 9562). */
export function nameUuid(name: string): string {
  const bytes = createHash('sha1').update(NAMESPACE).update(name).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-');
}

/** What the first handler threw, or what is wrong with the record. */
function reasonOf(error: unknown, failures: readonly HandlerFailure[]): string {
  const [first] = failures;
  if (first) return `${first.handler}: ${messageOf(first.error)}`;
  return messageOf(error);
}

function stackOf(error: unknown, failures: readonly HandlerFailure[]): string {
  return thrownText(error instanceof HandlersFailedError ? failures[0]?.error : error);
}

function handlersText(failures: readonly HandlerFailure[]): string {
  const room = Math.max(16, Math.floor(LONGEST_HANDLERS / Math.max(1, failures.length)) - 250);
  const all = failures.map(({ handler, error }): DeadLetterHandler => ({
    id: handler,
    error: nameOf(error),
    message: cut(messageOf(error), Math.min(room, LONGEST_MESSAGE)),
  }));
  return JSON.stringify(all);
}

function idsText(failures: readonly HandlerFailure[]): string {
  return JSON.stringify(failures.map(({ handler }) => ({ id: handler })));
}

function nameOf(error: unknown): string {
  const said = thrownText(error);
  return cut(/^[\w$.]{1,80}(?=:)/.exec(said)?.[0] ?? 'unknown', 80);
}

function handlersIn(text: string | undefined): readonly DeadLetterHandler[] {
  if (text === undefined || text.length > 64 * 1024) return [];
  try {
    const read: unknown = JSON.parse(text);
    if (!Array.isArray(read)) return [];
    return read.flatMap((one: unknown) => {
      const { id, error, message } = (one ?? {}) as Partial<
        Record<keyof DeadLetterHandler, unknown>
      >;
      if (typeof id !== 'string') return [];
      return [{ id, error: textOr(error), message: textOr(message) }];
    });
  } catch {
    return [];
  }
}

const textOr = (value: unknown): string => (typeof value === 'string' ? value : '');

/** At most so many bytes of UTF-8. */
function cut(text: string, most: number): string {
  if (Buffer.byteLength(text) <= most) return text;
  let end = Math.min(text.length, most);
  while (Buffer.byteLength(text.slice(0, end)) > most - 3) end = Math.floor(end * 0.9);
  return `${text.slice(0, end)}…`;
}
