import type { IncomingRecord } from '../../../transport.interface.js';
import type { FetchedRecord } from '../../kafka-driver.interface.js';
import { ByteReader } from './byte-reader.js';
import {
  brokerTimeOf,
  type BatchContext,
  type ReadMessage,
  unreadable,
  asKafkaMessages,
} from './read-message.js';
import { sameBytes } from '../../../../common/bytes.js';
import type { HeaderVisitor, RecordInPlace } from '../../wire/header-metadata.js';

interface KnownName {
  readonly bytes: Buffer;
  readonly name: string;
}

/** More headers than that are not remembered. */
const MOST = 64;
/** Nor are longer ones: they would be kept for ever. */
const LONGEST = 256;

/** The texts of header names: most records have the same ones at the same places. */
export class HeaderNames {
  private readonly known: KnownName[] = [];

  /** The name of the header number `index`, which lies in `bytes`. */
  at(index: number, bytes: Buffer, start: number, end: number): string {
    const known = this.known[index];
    if (known !== undefined && sameBytes(known.bytes, bytes, start, end)) return known.name;
    const name = bytes.toString('utf8', start, end);
    // A copy: the bytes lie in the memory of a whole fetch.
    if (index < MOST && end - start <= LONGEST)
      this.known[index] = { bytes: Buffer.from(bytes.subarray(start, end)), name };
    return name;
  }
}

/**
 * What is wrong with a record whose key begins at `start`; undefined where key, value and headers lie within it
 * and end exactly at its `end`.
 */
export function faultOf(bytes: Buffer, start: number, end: number): string | undefined {
  const value = passed(bytes, start, end, -1);
  if (value < 0) return 'its key exceeds the record';
  let at = passed(bytes, value, end, -1);
  if (at < 0) return 'its value exceeds the record';
  let count = bytes[at++]!;
  if (count < 128 && at <= end) count = (count >>> 1) ^ -(count & 1);
  else {
    const reader = new ByteReader(bytes, at - 1, end);
    count = reader.varint();
    at = reader.at;
  }
  if (!(count >= 0)) return 'its number of headers cannot be read';
  // A name and a value have a length at least.
  if (count * 2 > end - at) return `it has fewer headers than it states (${count})`;
  for (let i = 0; i < count; i++) {
    at = passed(bytes, at, end, 0);
    if (at >= 0) at = passed(bytes, at, end, -1);
    if (at < 0) return `header ${i + 1} exceeds the record`;
  }
  if (at < end) return `${end - at} bytes follow its last header`;
  return undefined;
}

/** Where bytes end whose length is at a place, and is `least` at least, -1 for null; -1 where they do not lie before `end`. */
function passed(bytes: Buffer, at: number, end: number, least: number): number {
  const byte = bytes[at]!;
  let length: number;
  let next = at + 1;
  // Most are so short that one byte says it.
  if (byte < 128) length = (byte >>> 1) ^ -(byte & 1);
  else {
    const reader = new ByteReader(bytes, at, end);
    length = reader.varint();
    next = reader.at;
  }
  if (!(length >= least)) return -1;
  if (length > 0) next += length;
  return next <= end ? next : -1;
}

const names = new HeaderNames();

/** A record in the memory of its fetch, without a fault. What is asked for is cut out of it. */
export class UncutRecord implements RecordInPlace {
  readonly value: Buffer | null;
  /** Not to be printed with the record: they are those of a whole fetch. */
  readonly #bytes: Buffer;
  private readonly keyLength: number;
  private readonly keyEnd: number;
  private readonly headersAt: number;
  private cut: RecordInPlace['attributes'] | undefined;

  /** The bytes from `start`, where the key is, to `end`. */
  constructor(
    readonly topic: string,
    readonly brokerTime: number | undefined,
    bytes: Buffer,
    start: number,
    private readonly end: number,
  ) {
    const reader = new ByteReader(bytes, start, end);
    this.#bytes = bytes;
    this.keyLength = reader.varint();
    this.keyEnd = reader.at += Math.max(0, this.keyLength);
    const length = reader.varint();
    this.value = length < 0 ? null : reader.take(length);
    this.headersAt = reader.at;
  }

  get key(): Buffer | null {
    const { keyLength, keyEnd } = this;
    return keyLength < 0 ? null : this.#bytes.subarray(keyEnd - keyLength, keyEnd);
  }

  get attributes(): RecordInPlace['attributes'] {
    if (this.cut) return this.cut;
    const attributes: [string, Buffer | null][] = [];
    this.eachHeader((name, bytes, start, end) => {
      attributes.push([name, bytes && this.#bytes.subarray(start, end)]);
    });
    return (this.cut = attributes);
  }

  toJSON(): IncomingRecord {
    const { topic, key, attributes, value, brokerTime } = this;
    return { topic, key, attributes, value, ...(brokerTime !== undefined && { brokerTime }) };
  }

  eachHeader(visit: HeaderVisitor): void {
    const bytes = this.#bytes;
    const reader = new ByteReader(bytes, this.headersAt, this.end);
    const count = reader.varint();
    let { at } = reader;
    for (let i = 0; i < count; i++) {
      // Nearly every length is one byte: that one is read here, which costs half.
      let length = shortLength(bytes[at]!);
      if (length !== undefined) at++;
      else [length, at] = longLength(reader, at);
      const nameEnd = at + length;
      const name = names.at(i, bytes, at, nameEnd);
      at = nameEnd;
      length = shortLength(bytes[at]!);
      if (length !== undefined) at++;
      else [length, at] = longLength(reader, at);
      if (length < 0) visit(name, null, at, at);
      else visit(name, bytes, at, (at += length));
    }
  }
}

/** Undefined where the length goes on in the next byte. */
const shortLength = (byte: number): number | undefined =>
  byte < 128 ? (byte >>> 1) ^ -(byte & 1) : undefined;

/** A length of several bytes, and where it ends. */
function longLength(reader: ByteReader, at: number): [length: number, end: number] {
  reader.at = at;
  return [reader.varint(), reader.at];
}

/**
 * A message as far as kafkajs needs it to follow a partition. The rest is read from its bytes when it is
 * asked for: thousands of messages wait, and what they were made of would outlive many collections.
 */
export class UnreadMessage implements ReadMessage {
  /** It is not for readers. */
  isControlRecord: boolean;

  /** The bytes from `start`, where the key is, to `end`. `time` is in ms, by the batch. */
  constructor(
    readonly number: number,
    private readonly time: number,
    readonly batchContext: BatchContext,
    private readonly bytes: Buffer,
    private readonly start: number,
    private readonly end: number,
  ) {
    this.isControlRecord = batchContext.isControlBatch;
  }

  /** As kafkajs has it. */
  get offset(): string {
    return String(this.number);
  }

  get key(): Buffer | null {
    const reader = new ByteReader(this.bytes, this.start, this.end);
    const length = reader.varint();
    return length >= 0 && length <= reader.left ? reader.take(length) : null;
  }

  get size(): number {
    return this.end - this.start;
  }

  /** The same one in a copy of a piece of its memory, which begins at `from`. */
  within(piece: Buffer, from: number): UnreadMessage {
    const { number, time, batchContext, start, end } = this;
    return new UnreadMessage(number, time, batchContext, piece, start - from, end - from);
  }

  /** Where its bytes lie. */
  get place(): readonly [number, number] {
    return [this.start, this.end];
  }

  recordOf(topic: string): IncomingRecord {
    const { bytes, start, end } = this;
    const time = brokerTimeOf(this.time);
    const fault = faultOf(bytes, start, end);
    if (fault !== undefined) return { ...unreadable(topic, fault), brokerTime: time };
    return new UncutRecord(topic, time, bytes, start, end);
  }
}

asKafkaMessages(UnreadMessage.prototype);

/**
 * A message on its way to the sink. The record is read from it each time that it is asked for: this object waits, and
 * survives collections of garbage, and would have a record that it kept survive them too.
 */
export class UnreadRecord implements FetchedRecord {
  readonly offset: number;

  constructor(
    private readonly topic: string,
    private readonly message: ReadMessage,
  ) {
    this.offset = message.number;
  }

  get size(): number {
    return this.message.size;
  }

  get record(): IncomingRecord {
    return this.message.recordOf(this.topic);
  }
}
