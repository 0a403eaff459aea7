import { systemNow } from '../../common/clocks.js';
import { AttributeTexts, partitionNumber, storedAt, textAttributes } from '../attribute-texts.js';
import { MOST_LATER_RETRIES } from '../../settings/failure-settings.js';
import type {
  EventRecord,
  IncomingRecord,
  OutgoingRecord,
  RecordPosition,
} from '../../transport/transport.interface.js';

/** The attributes that a record has behind its own while it waits. */
const ATTRIBUTES = {
  due: 'openedx.retry.due',
  attempt: 'openedx.retry.attempt',
  round: 'openedx.retry.round',
  handlers: 'openedx.retry.handlers',
  topic: 'openedx.retry.topic',
  partition: 'openedx.retry.partition',
  offset: 'openedx.retry.offset',
  group: 'openedx.retry.group',
  firstTime: 'openedx.retry.first-time',
  originalTime: 'openedx.retry.original-timestamp',
} as const;

type Fact = keyof typeof ATTRIBUTES;

const OURS = /^openedx\.retry\./;
/** What is longer was not written by us. */
const LONGEST_HANDLERS = 64 * 1_024;
const MOST_ATTEMPTS = 1_000_000;

/** What a record has been through before its attempt. */
export interface EarlierAttempts {
  /** How many there were. */
  readonly attempts: number;
  /** How many later retries it has had, with this one. */
  readonly round: number;
  /** When it was first left to wait. */
  readonly firstTime: Date;
}

/** A record that waits for a later retry. */
export interface WaitingRecord {
  /** As it was on its topic. */
  readonly record: IncomingRecord;
  /** Where it was. */
  readonly original: RecordPosition;
  readonly group: string;
  /** Ids of the handlers that are to have it. */
  readonly handlers: readonly string[];
  readonly earlier: EarlierAttempts;
}

/** The record to be published: key, value and attributes as they are, and behind them what it waits for. */
export function outgoingRecord(
  waiting: WaitingRecord,
  topic: string,
  dueAt: number,
): OutgoingRecord {
  const { record, original, group, handlers, earlier } = waiting;
  const texts: Record<Fact, string | undefined> = {
    due: String(Math.round(dueAt)),
    attempt: String(earlier.attempts),
    round: String(earlier.round),
    handlers: JSON.stringify(handlers),
    topic: original.topic,
    partition: original.partition,
    offset: original.offset,
    group,
    firstTime: earlier.firstTime.toISOString(),
    originalTime: storedAt(record),
  };
  return {
    topic,
    key: record.key,
    value: record.value,
    attributes: [...ownAttributes(record), ...textAttributes(ATTRIBUTES, texts)],
    partition: partitionNumber(original.partition),
    untrimmed: true,
  };
}

/** Reads a record that waited; undefined where it does not say what it waits for, or something that makes no sense. */
export function waitingRecord(found: IncomingRecord): WaitingRecord | undefined {
  const said = new AttributeTexts(ATTRIBUTES, found);
  const count = (fact: Fact, most: number): number | undefined => {
    const number = said.count(fact) ?? 0;
    return number >= 1 && number <= most ? number : undefined;
  };
  const [topic, partition, offset, group] = (
    ['topic', 'partition', 'offset', 'group'] as const
  ).map((fact) => said.text(fact));
  const handlers = handlersIn(said.text('handlers'));
  const attempts = count('attempt', MOST_ATTEMPTS);
  const round = count('round', MOST_LATER_RETRIES);
  if (!topic || !partition || !offset || !group || !handlers || !attempts || !round)
    return undefined;
  const originalTime = said.time('originalTime');
  return {
    record: {
      ...{ topic, key: found.key, value: found.value, attributes: ownAttributes(found) },
      ...(originalTime && { brokerTime: originalTime.getTime() }),
      ...(found.unreadable && { unreadable: found.unreadable }),
    },
    original: { topic, partition, offset },
    group,
    handlers,
    earlier: { attempts, round, firstTime: said.time('firstTime') ?? new Date(systemNow()) },
  };
}

/** Whether a record says of itself that it waits for a later retry. */
export function isWaiting({ attributes }: EventRecord): boolean {
  return attributes.some(([name]) => name === ATTRIBUTES.handlers);
}

function ownAttributes({ attributes }: EventRecord): EventRecord['attributes'] {
  return attributes.filter(([name]) => !OURS.test(name));
}

function handlersIn(text: string | undefined): readonly string[] | undefined {
  if (text === undefined || text.length > LONGEST_HANDLERS) return undefined;
  try {
    const read: unknown = JSON.parse(text);
    if (!Array.isArray(read) || read.length === 0) return undefined;
    return read.every((id) => typeof id === 'string') ? read : undefined;
  } catch {
    return undefined;
  }
}
