import type { IncomingRecord } from '../../../transport.interface.js';
import type { Codecs, UnopenableError } from '../compression/decompress.js';
import { headersOf } from '../outgoing-message.js';

/** What kafkajs asks of the batch of a message. */
export interface BatchContext {
  readonly producerId: string;
  readonly inTransaction: boolean;
  readonly isControlBatch: boolean;
}

/** A message that was read by us, with what kafkajs asks of it. */
export interface ReadMessage {
  /** Its offset. */
  readonly number: number;
  readonly offset: string;
  readonly key: Uint8Array | null;
  readonly batchContext: BatchContext;
  isControlRecord: boolean;
  readonly size: number;
  recordOf(topic: string): IncomingRecord;
}

/** Of messages without a batch, and without one that can be read. */
export const NO_BATCH: BatchContext = {
  producerId: '-1',
  inTransaction: false,
  isControlBatch: false,
};

/** The version of a record batch that is read and written here (Kafka protocol, record batch). */
export const MAGIC = 2;
/** Bytes of offset, length, and what has a fixed size before the records. */
export const HEAD = 61;
/** What the length of a batch counts begins here. */
export const LENGTH_FROM = 12;

/** The latest time that a Date can have. */
const LATEST = 8.64e15;

/** A time in ms that a record bears; undefined where it bears none (-1), or what can be none. */
export function brokerTimeOf(ms: number): number | undefined {
  return ms >= 0 && ms <= LATEST ? ms : undefined;
}

/** What stands for a record that cannot be read, or for all from its offset to `last`, which are lost. */
export class UnreadableMessage implements ReadMessage {
  readonly key = null;
  readonly size = 0;
  /** It is not for readers. */
  isControlRecord: boolean;

  constructor(
    readonly number: number,
    private readonly reason: string,
    readonly batchContext: BatchContext = NO_BATCH,
    private readonly last?: number,
  ) {
    this.isControlRecord = batchContext.isControlBatch;
  }

  get offset(): string {
    return String(this.number);
  }

  recordOf(topic: string): IncomingRecord {
    const { number, last, reason } = this;
    if (last === undefined) return unreadable(topic, reason);
    const lost = { count: last - number + 1, last: String(last) };
    return unreadable(topic, reason, lost);
  }
}

/** Tells kafkajs that there is nothing more up to an offset: it goes on behind it, and gives it to nobody. */
export function endMark(offset: number): ReadMessage {
  const mark = new UnreadableMessage(offset, '');
  mark.isControlRecord = true;
  return mark;
}

export function unreadable(
  topic: string,
  reason: string,
  lost?: NonNullable<IncomingRecord['unreadable']>['lost'],
): IncomingRecord {
  const why = lost === undefined ? { reason } : { reason, lost };
  return { topic, key: null, attributes: [], value: null, unreadable: why };
}

/** What is still to be read of an answer at once. */
export interface Room {
  /** Bytes that were compressed. */
  bytes: number;
  messages: number;
}

export interface BatchReading {
  readonly codecs: Codecs;
  /** Bytes that a batch may become. */
  readonly limit: number;
  readonly room: Room;
}

/** Where in the log a batch lies. */
export interface BatchPlace {
  readonly base: number;
  /** The first offset that is wanted. */
  readonly from: number;
  readonly last: number;
  /** Where it would end by its own word. */
  readonly extent: number;
  /** The last offset that a record of it can have, whatever the record says. */
  readonly ceiling: number;
  /** All up to `last` is of this batch. */
  readonly isSure: boolean;
}

/** What becomes of a batch that could not be opened: it is lost, or, where others took the room, read later. */
export function notOpened(
  error: UnopenableError,
  { from, last }: Pick<BatchPlace, 'from' | 'last'>,
  { room, limit }: Pick<BatchReading, 'room' | 'limit'>,
  context: BatchContext,
  messages: ReadMessage[],
): number {
  if (error.isTooLarge && room.bytes < limit) {
    room.messages = 0;
    return from;
  }
  const tooLarge = `larger than ${limit} bytes when decompressed (option maxDecompressedBytes)`;
  const reason = error.isTooLarge ? tooLarge : error.message;
  messages.push(new UnreadableMessage(from, reason, context, last));
  return last + 1;
}

interface Message {
  recordOf(topic: string): IncomingRecord;
}

/** What users of kafkajs find in a message that they get. */
const READ: Readonly<Record<string, (message: Message) => unknown>> = {
  value: (message) => message.recordOf('').value,
  headers: (message) => headersOf(message.recordOf('').attributes),
  timestamp: (message) => String(message.recordOf('').brokerTime ?? -1),
  attributes: () => 0,
};

/**
 * Lets messages of a class be read, and be changed, as those of kafkajs: we do not ask for more than `ReadMessage`, but
 * whoever wrapped `consumer.run` (OpenTelemetry, Sentry, …) does. Nothing of it is made before it is asked for.
 */
export function asKafkaMessages(prototype: Message): void {
  for (const [name, read] of Object.entries(READ))
    replaceable(prototype, name, function (this: Message) {
      return read(this);
    });
  for (const [name, own] of Object.entries(Object.getOwnPropertyDescriptors(prototype)))
    if ('get' in own && !(name in READ)) replaceable(prototype, name, getterOf(own));
}

function getterOf(own: object): (this: never) => unknown {
  return (own as { readonly get: (this: never) => unknown }).get;
}

function replaceable(prototype: object, name: string, get: (this: never) => unknown): void {
  Object.defineProperty(prototype, name, {
    get,
    set(this: object, value: unknown) {
      const own = { value, writable: true, enumerable: true, configurable: true };
      Object.defineProperty(this, name, own);
    },
    configurable: true,
  });
}

asKafkaMessages(UnreadableMessage.prototype);
