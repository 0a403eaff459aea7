import { BodyReader } from './body-reader.js';
import type { ForeignSchema } from './foreign-schema.js';
import { malformed } from './malformed.js';
import type { RawBuffer } from './raw-buffer.js';

type Check = (reader: BodyReader) => void;

/**
 * Makes a check that a body follows a schema to its last byte: lengths, counts and branches within
 * bounds, text in UTF-8. avsc alone would read a hostile count to the end of memory and put
 * U+FFFD for bytes that are no text. The check throws MalformedBody.
 */
export function layoutCheck(schema: ForeignSchema): (body: RawBuffer) => void {
  const check = new LayoutChecks().of(schema);
  return (body) => {
    const reader = new BodyReader();
    reader.open(body);
    check(reader);
    reader.checkDone();
  };
}

const PRIMITIVES: Record<string, Check> = {
  null: () => undefined,
  boolean: (reader) => reader.skip(1),
  int: (reader) => void reader.long(),
  long: (reader) => void reader.long(),
  float: (reader) => reader.skip(4),
  double: (reader) => reader.skip(8),
  bytes: (reader) => void reader.byteString(),
  string: (reader) => void reader.string(),
};

class LayoutChecks {
  private readonly named = new Map<string, Check>();

  of(schema: ForeignSchema): Check {
    switch (schema.kind) {
      case 'primitive':
        return PRIMITIVES[schema.name]!;
      case 'reference':
        return this.reference(schema.name);
      case 'union':
        return oneOf(schema.branches.map((branch) => this.of(branch)));
      case 'array':
        return blocks(this.of(schema.of));
      case 'map': {
        const value = this.of(schema.of);
        return blocks((reader) => {
          reader.string();
          value(reader);
        });
      }
      case 'enum':
        return this.name(schema.name, oneOf(schema.symbols.map(() => PRIMITIVES['null']!)));
      case 'fixed':
        return this.name(schema.name, (reader) => reader.skip(schema.size));
      case 'record': {
        const fields: Check[] = [];
        const check = this.name(schema.name, (reader) => {
          for (const field of fields) field(reader);
          reader.checkEnd();
        });
        for (const { type } of schema.fields) fields.push(this.of(type));
        return check;
      }
    }
  }

  private name(name: string, check: Check): Check {
    this.named.set(name, check);
    return check;
  }

  private reference(name: string): Check {
    const check = this.named.get(name);
    if (check === undefined) throw new TypeError(`no Avro type is called ${name}`);
    return check;
  }
}

function oneOf(branches: readonly Check[]): Check {
  return (reader) => {
    const branch = branches[Number(reader.long())];
    if (branch === undefined) return malformed('no such branch of the union');
    branch(reader);
  };
}

function blocks(item: Check): Check {
  return (reader) => {
    for (let count = reader.count(); count > 0; count = reader.count())
      for (; count > 0; count--) {
        const start = reader.at;
        item(reader);
        reader.checkEnd();
        if (reader.at === start) malformed('items that take no bytes');
      }
  };
}
