import type { IncomingRecord } from '../../../transport.interface.js';
import type { HeaderVisitor, RecordInPlace } from '../../wire/header-places.js';
import { ByteReader } from './byte-reader.js';
import { HeaderNames } from './header-names.js';

const names = new HeaderNames();

/** A record in the memory of its fetch, without a fault. What is asked for is cut out of it. */
export class UncutRecord implements RecordInPlace {
  readonly body: Buffer | null;
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
    this.body = length < 0 ? null : reader.take(length);
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
    const { topic, key, attributes, body, brokerTime } = this;
    return { topic, key, attributes, body, ...(brokerTime !== undefined && { brokerTime }) };
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
