import type { ForeignSchema } from './foreign-schema.js';
import { malformed } from '../avro/malformed.js';
import { setEntry } from '../avro/record-functions.js';
import type { WriterBody } from './writer-body.js';

/** Values that take no bytes are not bounded by the length of a body: a record may hold two of itself, emptied. */
const VALUES_A_BYTE = 4;
const MOST_WITHOUT_BYTES = 10_000;

/**
 * Reads values by the schema of their writer, as Avro has them: plain objects, `Uint8Array`, a bigint for a
 * `long` beyond 2^53. Throws MalformedBody for what is none, and for more values than an honest body holds.
 */
export class ForeignValues {
  private left: number;

  constructor(private readonly body: WriterBody) {
    this.left = MOST_WITHOUT_BYTES + VALUES_A_BYTE * body.end;
  }

  read(schema: ForeignSchema): unknown {
    if (this.left-- <= 0) malformed('more values than its length allows');
    const { body } = this;
    body.enter();
    const value = this.valueOf(schema);
    body.checkEnd();
    body.leave();
    return value;
  }

  private valueOf(schema: ForeignSchema): unknown {
    const { body } = this;
    switch (schema.kind) {
      case 'primitive':
        return this.primitive(schema.name);
      case 'fixed':
        return this.bytes(schema.size);
      case 'enum':
        return schema.symbols[body.choice(schema.symbols.length)];
      case 'union':
        return this.read(schema.branches[body.choice(schema.branches.length)]!);
      case 'array': {
        const items: unknown[] = [];
        this.eachItem(() => items.push(this.read(schema.of)));
        return items;
      }
      case 'map': {
        const entries = {};
        this.eachItem(() => setEntry(entries, body.string(), this.read(schema.of)));
        return entries;
      }
      case 'record': {
        const members = {};
        for (const { name, type } of schema.fields) setEntry(members, name, this.read(type));
        return members;
      }
    }
  }

  private primitive(name: string): unknown {
    const { body } = this;
    switch (name) {
      case 'null':
        return null;
      case 'boolean':
        return body.boolean();
      case 'float': {
        const start = body.at;
        body.skip(4);
        return body.bytes.readFloatLE(start);
      }
      case 'double':
        return body.double();
      case 'string':
        return body.string();
      case 'bytes':
        return Uint8Array.from(body.byteString());
      default:
        return body.long();
    }
  }

  private bytes(size: number): Uint8Array {
    const start = this.body.at;
    this.body.skip(size);
    return Uint8Array.from(this.body.bytes.subarray(start, this.body.at));
  }

  private eachItem(read: () => void): void {
    const { body } = this;
    for (let count = body.count(); count > 0; count = body.count())
      for (; count > 0; count--) read();
  }
}
