import type { ForeignSchema, PrimitiveName } from './foreign-schema.js';
import { malformed } from '../avro/raw-bytes.js';
import { BodyReader } from '../avro/body-reader.js';

const MOST_LEVELS = 512;

/** A body that is read by the schema of its writer, which says how deep a value goes. */
export class WriterBody extends BodyReader {
  private level = 0;

  /** Before the parts of a value that may hold values like itself; `leave` after them. */
  enter(): void {
    if (++this.level > MOST_LEVELS) malformed('nested too deeply');
  }

  leave(): void {
    this.level--;
  }

  /** Which of `count` branches or symbols follows. */
  choice(count: number): number {
    const choice = Number(this.long());
    this.checkEnd();
    return choice >= 0 && choice < count ? choice : malformed('invalid union branch');
  }
}

/** Moves behind a value. Throws MalformedBody for what is none. */
export type Skip = (body: WriterBody) => void;

interface Skipper {
  readonly skip: Skip;
  /** The bytes of every value, where they are always as many. */
  readonly size: number | undefined;
}

/**
 * Moves behind values of foreign schemas and checks them: lengths, counts and branches within bounds,
 * text in UTF-8. Time is in proportion to the bytes that are passed, however many parts a value has: what
 * always takes the same number of bytes is one step, and what has one part is that part.
 */
export class WriterSkipper {
  private readonly known = new Map<ForeignSchema, Skipper>();

  /** Of a schema and all that is in it: each type is met where it is defined, so not deeper than the text. */
  constructor(schema: ForeignSchema) {
    this.of(schema);
  }

  /** Moves behind a value of each of the types, which are parts of the schema. */
  skipOf(...schemas: readonly ForeignSchema[]): Skip {
    return sequence(schemas.map((schema) => this.of(schema))).skip;
  }

  /** Whether each value takes no bytes at all. */
  isEmpty(schema: ForeignSchema): boolean {
    return this.of(schema).size === 0;
  }

  private of(schema: ForeignSchema): Skipper {
    let skipper = this.known.get(schema);
    if (skipper === undefined) {
      // Where the type holds itself: by then it is known.
      const itself: Skip = (body) => {
        body.enter();
        skipper!.skip(body);
        body.leave();
      };
      this.known.set(schema, { skip: itself, size: undefined });
      this.known.set(schema, (skipper = this.make(schema)));
    }
    return skipper;
  }

  private make(schema: ForeignSchema): Skipper {
    switch (schema.kind) {
      case 'primitive':
        return PRIMITIVES[schema.name];
      case 'fixed':
        return sized(schema.size);
      case 'enum': {
        const { length } = schema.symbols;
        return varying((body) => void body.choice(length));
      }
      case 'union':
        return oneOf(schema.branches.map((branch) => this.of(branch).skip));
      case 'array':
        return blocks(this.of(schema.of));
      case 'map': {
        const value = this.of(schema.of).skip;
        return blocks(
          varying((body) => {
            body.skipString();
            value(body);
          }),
        );
      }
      case 'record':
        return sequence(schema.fields.map(({ type }) => this.of(type)));
    }
  }
}

const sized = (size: number): Skipper => ({
  size,
  skip: size === 0 ? () => undefined : (body) => body.skip(size),
});
const varying = (skip: Skip): Skipper => ({ size: undefined, skip });
const long = varying((body) => {
  body.long();
  body.checkEnd();
});
const text = varying((body) => body.skipString());

const PRIMITIVES: Readonly<Record<PrimitiveName, Skipper>> = {
  null: sized(0),
  boolean: sized(1),
  int: long,
  long,
  float: sized(4),
  double: sized(8),
  bytes: varying((body) => body.skipBytes()),
  string: text,
};

function sequence(parts: readonly Skipper[]): Skipper {
  const steps: Skipper[] = [];
  for (const part of parts) {
    const last = steps.at(-1);
    if (part.size === 0) continue;
    if (part.size !== undefined && last?.size !== undefined)
      steps[steps.length - 1] = sized(last.size + part.size);
    else steps.push(part);
  }
  if (steps.length === 0) return sized(0);
  if (steps.length === 1) return steps[0]!;
  const skips = steps.map(({ skip }) => skip);
  return varying((body) => {
    body.enter();
    for (const skip of skips) skip(body);
    body.leave();
  });
}

function oneOf(branches: readonly Skip[]): Skipper {
  return varying((body) => {
    body.enter();
    branches[body.choice(branches.length)]!(body);
    body.leave();
  });
}

function blocks({ skip, size }: Skipper): Skipper {
  if (size === 0)
    return varying((body) => {
      if (body.count() > 0) malformed('a list whose items are encoded as 0 bytes is not allowed');
    });
  return varying((body) => {
    body.enter();
    for (let count = body.count(); count > 0; count = body.count())
      if (size !== undefined) body.skip(count * size);
      else for (; count > 0; count--) skip(body);
    body.leave();
  });
}
