import { putZigzag, zigzagSize } from '../../common/varint.js';
import type { ForeignRecord, ForeignSchema } from './foreign-schema.js';
import { absentBytes } from '../avro/interpreted-records.js';
import type { WriterSkipper, Skip, WriterBody } from './writer-skipper.js';
import { type AnyRecord, fieldsOf, type Shape } from '../avro/shape.js';
import { UnusableSchema } from '../avro/raw-bytes.js';

/** A body while it is written in the schema version of the event's own schema. */
export class ResolvedBody {
  at = 0;
  private buffer: Buffer;

  /** `size`: the bytes that are likely needed. */
  constructor(size: number) {
    this.buffer = Buffer.allocUnsafe(size);
  }

  bytes(): Buffer {
    return this.buffer.subarray(0, this.at);
  }

  putByte(byte: number): void {
    if (this.at === this.buffer.length) this.grow(1);
    this.buffer[this.at++] = byte;
  }

  putDouble(value: number): void {
    if (this.at + 8 > this.buffer.length) this.grow(8);
    this.at = this.buffer.writeDoubleLE(value, this.at);
  }

  /** The number of items that follow: an Avro `long`, which is never negative here. */
  putCount(count: number): void {
    const size = zigzagSize(count);
    if (this.at + size > this.buffer.length) this.grow(size);
    this.at = putZigzag(this.buffer, this.at, count);
  }

  put(from: Buffer, start = 0, end = from.length): void {
    const length = end - start;
    if (this.at + length > this.buffer.length) this.grow(length);
    const { buffer, at } = this;
    // A loop over a few bytes costs less than the call into C++.
    if (length <= 24) for (let i = 0; i < length; i++) buffer[at + i] = from[start + i]!;
    else from.copy(buffer, at, start, end);
    this.at = at + length;
  }

  /** Takes away what was written from `start` on. */
  take(start: number): Buffer {
    const taken = Buffer.from(this.buffer.subarray(start, this.at));
    this.at = start;
    return taken;
  }

  private grow(by: number): void {
    const larger = Buffer.allocUnsafe(this.buffer.length * 2 + by);
    this.buffer.copy(larger, 0, 0, this.at);
    this.buffer = larger;
  }
}

/** Moves behind a value of the writer and puts it as the event's own schema has it. Throws MalformedBody. */
export type Copy = (from: WriterBody, to: ResolvedBody) => void;

/** How values of a writer's type become values of the event's. */
export interface Resolution {
  readonly copy: Copy;
  /** Whether the bytes stay as they are. */
  readonly same: boolean;
}

export const changed = (copy: Copy): Resolution => ({ copy, same: false });

/** The bytes as they are, once they are checked. */
export const unchanged = (skip: Skip): Resolution => ({
  same: true,
  copy: (from, to) => {
    const start = from.at;
    skip(from);
    to.put(from.bytes, start, from.at);
  },
});

/** What is found out only where a record carries it. */
export function unresolvable(where: string, reason: string): Resolution {
  return changed(() => {
    throw new UnusableSchema(
      `${where}: the schema of the writer cannot be resolved to the event definition: ${reason}`,
    );
  });
}

/** A field of the writer: its place among the fields of the event, and what becomes of it there. */
interface WrittenField {
  readonly type: ForeignSchema;
  /** -1: only the writer has it. */
  readonly place: number;
  readonly resolution: Resolution | undefined;
}

/**
 * The resolution of one record into another of the same simple name: fields are found by name, those
 * that only the writer has are passed over, those that it lacks take their default. `resolve` is for
 * one field.
 */
export function resolveFields(
  writer: ForeignRecord,
  shape: AnyRecord,
  skipper: WriterSkipper,
  resolve: (type: ForeignSchema, shape: Shape, where: string) => Resolution,
): Resolution {
  const fields = fieldsOf(shape);
  const places = new Map(fields.map(([name], place) => [name, place]));
  const written = writer.fields.map(({ name, type }): WrittenField => {
    const place = places.get(name);
    if (place === undefined) return { type, place: -1, resolution: undefined };
    // A name that is repeated is one that the event does not have, as in Python.
    places.delete(name);
    return { type, place, resolution: resolve(type, fields[place]![1], `${shape.name}.${name}`) };
  });
  const defaults = new Map<number, Buffer>();
  for (const [name, place] of places) {
    const field = fields[place]![1];
    if (field.kind !== 'optional')
      return unresolvable(
        `${shape.name}.${name}`,
        'missing in the schema of the writer, and the field has no default',
      );
    defaults.set(place, absentBytes(field));
  }
  return isInOrder(written)
    ? inOrder(written, defaults, fields.length, skipper)
    : reordered(written, defaults, fields.length, skipper);
}

function isInOrder(written: readonly WrittenField[]): boolean {
  let last = -1;
  return written.every(({ place }) => {
    if (place < last) return place === -1;
    last = place;
    return true;
  });
}

function inOrder(
  written: readonly WrittenField[],
  defaults: ReadonlyMap<number, Buffer>,
  count: number,
  skipper: WriterSkipper,
): Resolution {
  const steps = new Steps(skipper);
  let next = 0;
  const putDefaults = (end: number): void => {
    for (; next < end; next++) steps.put(defaults.get(next)!);
  };
  for (const { type, place, resolution } of written)
    if (resolution === undefined) steps.skip(type);
    else {
      putDefaults(place);
      next = place + 1;
      if (resolution.same) steps.keep(type);
      else steps.copy(resolution.copy);
    }
  putDefaults(count);
  return steps.resolution();
}

/** Steps of a record, of which neighbours of the same kind are one. */
class Steps {
  private readonly steps: Copy[] = [];
  private kind: 'skip' | 'keep' | 'copy' = 'copy';
  private types: ForeignSchema[] = [];
  private onlyKept = true;

  constructor(private readonly skipper: WriterSkipper) {}

  skip(type: ForeignSchema): void {
    this.begin('skip');
    this.types.push(type);
  }

  keep(type: ForeignSchema): void {
    this.begin('keep');
    this.types.push(type);
  }

  copy(step: Copy): void {
    this.begin('copy');
    this.steps.push(step);
  }

  put(bytes: Buffer): void {
    this.copy((_, to) => to.put(bytes));
  }

  resolution(): Resolution {
    this.flush();
    const { steps } = this;
    if (this.onlyKept && steps.length === 1) return { copy: steps[0]!, same: true };
    return changed((from, to) => {
      for (const step of steps) step(from, to);
    });
  }

  private begin(kind: 'skip' | 'keep' | 'copy'): void {
    if (kind !== this.kind) this.flush();
    this.kind = kind;
    this.onlyKept &&= kind === 'keep';
  }

  private flush(): void {
    if (this.types.length === 0) return;
    const skip = this.skipper.skipOf(...this.types);
    this.steps.push(this.kind === 'keep' ? unchanged(skip).copy : (from) => skip(from));
    this.types = [];
  }
}

/** The fields come in the order of the writer, and are then put in that of the event. */
function reordered(
  written: readonly WrittenField[],
  defaults: ReadonlyMap<number, Buffer>,
  count: number,
  skipper: WriterSkipper,
): Resolution {
  const steps = written.map(({ type, place, resolution }): { place: number; copy: Copy } => {
    if (resolution !== undefined) return { place, copy: resolution.copy };
    const skip = skipper.skipOf(type);
    return { place, copy: (from) => skip(from) };
  });
  return changed((from, to) => {
    const start = to.at;
    const begins = new Array<number>(count).fill(0);
    const ends = new Array<number>(count).fill(0);
    for (const { place, copy } of steps) {
      if (place >= 0) begins[place] = to.at - start;
      copy(from, to);
      if (place >= 0) ends[place] = to.at - start;
    }
    const taken = to.take(start);
    for (let place = 0; place < count; place++) {
      const bytes = defaults.get(place);
      if (bytes === undefined) to.put(taken, begins[place], ends[place]);
      else to.put(bytes);
    }
  });
}
