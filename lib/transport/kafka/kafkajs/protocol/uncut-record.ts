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
    for (let i = 0; i < count; i++) {
      const nameEnd = reader.varint() + reader.at;
      const name = names.at(i, bytes, reader.at, nameEnd);
      reader.at = nameEnd;
      const length = reader.varint();
      const start = reader.at;
      if (length < 0) visit(name, null, start, start);
      else visit(name, bytes, start, (reader.at = start + length));
    }
  }
}
