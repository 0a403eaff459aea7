import type { Codecs } from '../compression/codecs.js';
import type { UnopenableError } from '../compression/decompress.js';
import type { BatchContext, ReadMessage } from './read-message.js';
import { UnreadableMessage } from './unreadable-message.js';

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
  const tooLarge = `it becomes more than ${limit} bytes (option maxDecompressedBytes)`;
  const reason = error.isTooLarge ? tooLarge : error.message;
  messages.push(new UnreadableMessage(from, reason, context, last));
  return last + 1;
}
