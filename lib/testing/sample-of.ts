import { codecFor } from '../codec/event-codec.js';
import { interpretRecord } from '../codec/avro/interpreted-records.js';
import { bytesOf, ownValue, setEntry } from '../codec/avro/record-functions.js';
import {
  type AnyCustom,
  type AnyOptional,
  type AnyRecord,
  bodyOf,
  fieldsOf,
  type Shape,
  shapeOf,
} from '../codec/avro/shape.js';
import { InvalidEventDataError } from '../errors/index.js';
import { checkedDefinition, type EventDefinition } from '../events/event-definition.js';
import type { EventInput } from '../events/event-types.js';
import { isPlainObject } from './plain-object.js';
import { drawFor, simpleValue } from './sample-values.js';

/** Data of which any part may be left out, at any depth. Lists, maps, dates and bytes are given whole, or not. */
export type DeepPartial<T> = 0 extends 1 & T
  ? // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a part of any data is any
    any
  : T extends
        | string
        | number
        | bigint
        | boolean
        | null
        | undefined
        | Date
        | Uint8Array
        | readonly unknown[]
    ? T
    : string extends keyof T
      ? T
      : { [K in keyof T]?: DeepPartial<T[K]> | undefined };

/** How `sampleOf` chooses its values. */
export interface SampleOptions {
  /**
   * Any number; each gives another sample, with unusual values among the usual ones: empty lists and strings, nulls,
   * other scripts, the largest and smallest numbers and dates, every form of key. Default: a plain sample, with every
   * field filled and one item in each list and map.
   */
  readonly seed?: number | undefined;
}

/**
 * Valid data of an event, to be sent or given to `EventBusTestKit.emit`: the same for the same event, overrides and seed. What
 * the overrides name stands in its place: records are merged at any depth, everything else (lists, maps, Dates) is taken
 * as it is. A field that is overridden changes no other. Overrides are not checked here, but when the data is sent.
 *
 * Throws UnserializableEventError for an event that cannot travel, and InvalidEventDataError where a field type of your
 * own takes none of the values that are tried: override that field.
 */
export function sampleOf<E extends EventDefinition>(
  event: E,
  overrides?: DeepPartial<EventInput<E>>,
  { seed }: SampleOptions = {},
): EventInput<E> {
  const { definition } = codecFor(checkedDefinition(event));
  return new Sampler(definition.type, seed).record(
    bodyOf(definition),
    overrides,
    '',
  ) as EventInput<E>;
}

/** Lists and maps in so many others have one item: the number of values doubles with each. */
const DEEP = 4;
const MOST_ITEMS = 3;
/** Values of the base that are offered to a custom type. */
const CUSTOM_TRIES = 50;

class Sampler {
  constructor(
    private readonly type: string,
    private readonly seed: number | undefined,
  ) {}

  record(record: AnyRecord, given: object | undefined, path: string, depth = 0): object {
    const result = {};
    for (const [name, shape] of fieldsOf(record)) {
      const at = path === '' ? name : `${path}.${name}`;
      setEntry(
        result,
        name,
        this.overridden(shape, given && ownValue(given, name), at, name, depth),
      );
    }
    // Whoever sends them is told.
    for (const [name, unknown] of Object.entries(given ?? {}))
      if (!Object.hasOwn(result, name)) setEntry(result, name, unknown);
    return result;
  }

  private overridden(
    shape: Shape,
    given: unknown,
    at: string,
    name: string,
    depth: number,
  ): unknown {
    if (given === undefined) return this.value(shape, at, name, depth);
    const bare = shape.kind === 'optional' ? shapeOf(shape.of) : shape;
    return bare.kind === 'record' && isPlainObject(given)
      ? this.record(bare, given, at, depth)
      : given;
  }

  private value(shape: Shape, at: string, name: string, depth: number): unknown {
    switch (shape.kind) {
      case 'record':
        return this.record(shape, undefined, at, depth);
      case 'list': {
        const items = shapeOf(shape.items);
        return Array.from({ length: this.length(at, depth) }, (_, i) =>
          this.value(items, `${at}[${i}]`, name, depth + 1),
        );
      }
      case 'map':
        return this.map(shapeOf(shape.values), at, name, depth);
      case 'optional':
        return this.optional(shape, at, name, depth);
      case 'custom':
        return this.custom(shape, at, name);
      case 'unsupported':
        throw new TypeError(
          `sampleOf cannot make a value of the type ${shape.pythonType}: an event with it cannot be sent`,
        );
      default:
        return simpleValue(shape.kind, drawFor(at, this.seed), name);
    }
  }

  private length(at: string, depth: number): number {
    const draw = drawFor(`${at} length`, this.seed);
    return draw.varied && depth < DEEP ? draw.below(MOST_ITEMS + 1) : 1;
  }

  private map(values: Shape, at: string, name: string, depth: number): object {
    const result = {};
    for (let i = this.length(at, depth); i > 0; i--) {
      const key = simpleValue('string', drawFor(`${at} key ${i}`, this.seed), name) as string;
      setEntry(result, key, this.value(values, `${at}{${i}}`, name, depth + 1));
    }
    return result;
  }

  private optional(shape: AnyOptional, at: string, name: string, depth: number): unknown {
    const { default: given, of } = shape;
    // An object would be one that all samples share.
    const isSimple = given === null || typeof given !== 'object';
    const draw = drawFor(`${at} given`, this.seed);
    if (draw.varied && isSimple && draw.below(3) === 0) return given;
    return this.value(shapeOf(of), at, name, depth);
  }

  private custom(custom: AnyCustom, at: string, name: string): unknown {
    const functions = interpretRecord({
      kind: 'record',
      name: 'Sample',
      fields: { value: custom },
    });
    for (let i = 0; i < CUSTOM_TRIES; i++) {
      // The plain one last of all: most types take that.
      const seed = i === CUSTOM_TRIES - 1 ? undefined : this.seed;
      try {
        const written = simpleValue(custom.base, drawFor(`${at} ${i}`, seed), name);
        const value = custom.fromWire(written as never) as unknown;
        bytesOf(functions, { value });
        return value;
      } catch {
        // Not a value of the type: the next one.
      }
    }
    const message = `sampleOf found no value for the custom type ${custom.name}; override this field`;
    throw new InvalidEventDataError([{ path: at, message }], { eventType: this.type });
  }
}
