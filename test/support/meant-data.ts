import fc from 'fast-check';
import { bodyOf, fieldsOf, type Shape, shapeOf } from '../../lib/codec/avro/shape.js';
import type { EventDefinition } from '../../lib/events/event-definition.js';
import type { AnyFieldType, TextKind } from '../../lib/events/field-type.js';
import * as f from '../../lib/events/fields.js';

/** What is sent, and what a handler must receive for it. */
export interface Meant<Sent = unknown> {
  readonly sent: Sent;
  readonly received: unknown;
}

export const OBJECT_NAMES = Object.getOwnPropertyNames(Object.prototype);

const LEFT_OUT = Symbol('left out');
const same = <T>(value: T): Meant<T> => ({ sent: value, received: value });

/** An object with just these members of its own, whatever their names. */
export function ownMembers(entries: Iterable<readonly [string, unknown]>, prototype?: null) {
  const made: object = prototype === null ? (Object.create(null) as object) : {};
  for (const [name, value] of entries)
    Object.defineProperty(made, name, {
      value,
      enumerable: true,
      writable: true,
      configurable: true,
    });
  return made as Record<string, unknown>;
}

const text = fc.oneof(
  { weight: 8, arbitrary: fc.string({ unit: 'binary', maxLength: 8 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', minLength: 40, maxLength: 90 }) },
  { weight: 1, arbitrary: fc.constantFrom(...OBJECT_NAMES, '') },
);

const long: fc.Arbitrary<Meant> = fc
  .oneof(
    fc.maxSafeInteger(),
    fc.integer({ min: -70, max: 70 }),
    fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
    fc.constantFrom<number | bigint>(-0, -(2n ** 63n), 2n ** 63n - 1n, 2n ** 53n, 5n),
  )
  .map((sent) => {
    const number = Number(sent);
    return { sent, received: Number.isSafeInteger(number) ? number + 0 : sent };
  });

const double: fc.Arbitrary<Meant> = fc
  .oneof(fc.double(), fc.constantFrom<number | bigint>(-0, 5e-324, 0n, -7n, 2n ** 70n))
  .map((sent) => ({ sent, received: Number(sent) }));

const binary: fc.Arbitrary<Meant> = fc
  .tuple(fc.uint8Array({ maxLength: 20 }), fc.nat(2))
  .map(([bytes, form]) => {
    const received = Buffer.from(bytes);
    if (form === 0) return { sent: bytes, received };
    const inside = Buffer.concat([Buffer.of(9, 9), bytes, Buffer.of(9)]);
    return { sent: form === 1 ? received : inside.subarray(2, -1), received };
  });

const two = (number: number): string => String(number).padStart(2, '0');

/** A Date or a text that Python reads, and the text that Python writes for it. In UTC, or with any offset or none. */
export function datetimes(zone: 'any' | 'UTC' = 'any'): fc.Arbitrary<Meant<string | Date>> {
  const offset =
    zone === 'UTC'
      ? fc.constant(0)
      : fc.oneof(fc.constant(null), fc.constant(0), fc.integer({ min: -1439, max: 1439 }));
  const texts = fc
    .record({
      year: fc.integer({ min: 1, max: 9999 }),
      month: fc.integer({ min: 1, max: 12 }),
      day: fc.integer({ min: 1, max: 28 }),
      hour: fc.integer({ min: 0, max: 23 }),
      minute: fc.integer({ min: 0, max: 59 }),
      second: fc.integer({ min: 0, max: 59 }),
      microsecond: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 999_999 })),
      offset,
      form: fc.constantFrom('as written', 'space', 'Z', 'basic', 'comma and nine digits'),
    })
    .map(({ year, month, day, hour, minute, second, microsecond, offset: minutes, form }) => {
      const date = [String(year).padStart(4, '0'), two(month), two(day)];
      const time = [two(hour), two(minute), two(second)];
      const fraction = microsecond ? `.${String(microsecond).padStart(6, '0')}` : '';
      const [hours, rest] = [Math.floor(Math.abs(minutes ?? 0) / 60), Math.abs(minutes ?? 0) % 60];
      const sign = (minutes ?? 0) < 0 ? '-' : '+';
      const zoneText = minutes === null ? '' : `${sign}${two(hours)}:${two(rest)}`;
      const received = `${date.join('-')}T${time.join(':')}${fraction}${zoneText}`;
      switch (form) {
        case 'space':
          return { sent: received.replace('T', ' '), received };
        case 'Z':
          return { sent: received.replace('+00:00', 'Z'), received };
        case 'basic':
          return {
            sent: `${date.join('')}T${time.join('')}${fraction}${zoneText.replace(':', '')}`,
            received,
          };
        case 'comma and nine digits':
          return { sent: received.replace(/\.(\d{6})/, ',$1987'), received };
        default:
          return { sent: received, received };
      }
    });
  const dates = fc
    .date({
      min: new Date('0001-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    })
    .map((sent) => {
      const iso = sent.toISOString();
      const ms = iso.slice(20, 23);
      return {
        sent,
        received: `${iso.slice(0, 19)}${ms === '000' ? '' : `.${ms}000`}+00:00`,
      };
    });
  return fc.oneof<fc.Arbitrary<Meant<string | Date>>[]>(texts, texts, texts, dates);
}

/** A UUID in one of the forms that Python reads, and its canonical form. */
export const uuids: fc.Arbitrary<Meant<string>> = fc
  .tuple(fc.bigInt(0n, 2n ** 128n - 1n), fc.nat(4))
  .map(([number, form]) => {
    const hex = number.toString(16).padStart(32, '0');
    const received = hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    const forms = [received, received.toUpperCase(), hex, `{${received}}`, `urn:uuid:${received}`];
    return { sent: forms[form]!, received };
  });

const part = fc.stringMatching(/^[A-Za-z0-9_]{1,6}$/);
const keys = (...samples: ((...parts: string[]) => string)[]): fc.Arbitrary<Meant> =>
  fc
    .tuple(fc.constantFrom(...samples), fc.array(part, { minLength: 5, maxLength: 5 }))
    .map(([make, parts]) => same(make(...parts)));

const TEXTS: Readonly<Record<TextKind, fc.Arbitrary<Meant>>> = {
  datetime: datetimes(),
  uuid: uuids,
  courseKey: keys(
    (a, b, c) => `course-v1:${a}+${b}+${c}`,
    (a, b, c) => `${a}/${b}/${c}`,
    () => 'course-v1:Ünï+日本+1',
  ),
  usageKey: keys(
    (a, b, c, d, e) => `block-v1:${a}+${b}+${c}+type@${d}+block@${e}`,
    (a, b, c, d) => `i4x://${a}/${b}/${c}/${d}`,
  ),
  ccxKey: keys((a, b, c) => `ccx-v1:${a}+${b}+${c}+ccx@22`),
  libraryKey: keys((a, b) => `lib:${a}:${b}`),
  libraryUsageKey: keys((a, b, c, d) => `lb:${a}:${b}:${c}:${d}`),
  libraryCollectionKey: keys((a, b, c) => `lib-collection:${a}:${b}:${c}`),
  libraryContainerKey: keys((a, b, c, d) => `lct:${a}:${b}:${c}:${d}`),
};

export class Boxed {
  constructor(readonly value: unknown) {}
}

/** A field type of one's own, over any primitive type: its values are `Boxed`. */
export const boxed = (base: Parameters<typeof f.custom>[1]) =>
  f.custom<Boxed>('Boxed', base, {
    toWire: (box) => {
      if (!(box instanceof Boxed)) throw new Error('pass a Boxed');
      return box.value;
    },
    fromWire: (value) => new Boxed(value),
  });

const boxedOf = ({ sent, received }: Meant): Meant => ({
  sent: new Boxed(sent),
  received: new Boxed(received),
});

/** Values of a field. */
function valuesOf(field: AnyFieldType): fc.Arbitrary<Meant> {
  const shape: Shape = shapeOf(field);
  switch (shape.kind) {
    case 'string':
      return text.map(same);
    case 'long':
      return long;
    case 'double':
      return double;
    case 'boolean':
      return fc.boolean().map(same);
    case 'bytes':
      return binary;
    case 'custom':
      return valuesOf({ kind: shape.base }).map(boxedOf);
    case 'list':
      return fc.array(valuesOf(shape.items), { maxLength: 3 }).map((items) => ({
        sent: items.map(({ sent }) => sent),
        received: items.map(({ received }) => received),
      }));
    case 'map':
      return fc
        .uniqueArray(fc.tuple(text, valuesOf(shape.values)), {
          maxLength: 3,
          selector: ([key]) => key,
        })
        .chain((entries) => membersOf(entries));
    case 'record':
      return recordsOf(fieldsOf(shape));
    case 'optional':
      return fc.oneof(
        { weight: 1, arbitrary: fc.constantFrom(LEFT_OUT, undefined, null).chain(absent(shape)) },
        { weight: 2, arbitrary: valuesOf(shape.of) },
      );
    case 'unsupported':
      throw new TypeError('such an event cannot be sent');
    default:
      return TEXTS[shape.kind];
  }
}

type Optional = Extract<Shape, { kind: 'optional' }>;

/** The defaults of the definitions here are written as they are received. */
const absent =
  (shape: Optional) =>
  (sent: unknown): fc.Arbitrary<Meant> =>
    sent === null && shape.default !== null
      ? valuesOf(shape.of)
      : fc.constant({ sent, received: shape.default });

function recordsOf(fields: readonly (readonly [string, AnyFieldType])[]): fc.Arbitrary<Meant> {
  return fc
    .tuple(...fields.map(([, field]) => valuesOf(field)))
    .chain((values) => membersOf(values.map((value, i) => [fields[i]![0], value])));
}

/** In any order, with or without a prototype; what is left out is received as what it stands for. */
function membersOf(entries: readonly (readonly [string, Meant])[]): fc.Arbitrary<Meant> {
  return fc.tuple(fc.constantFrom(undefined, null), fc.boolean()).map(([prototype, turned]) => {
    const members = entries
      .filter(([, { sent }]) => sent !== LEFT_OUT)
      .map(([name, { sent }]) => [name, sent] as const);
    return {
      sent: ownMembers(turned ? members.reverse() : members, prototype),
      received: ownMembers(entries.map(([name, { received }]) => [name, received])),
    };
  });
}

/** Valid data of an event, in every form that `send` takes. */
export const dataOf = (definition: EventDefinition): fc.Arbitrary<Meant<Record<string, unknown>>> =>
  recordsOf(fieldsOf(bodyOf(definition))) as fc.Arbitrary<Meant<Record<string, unknown>>>;

const NAMES = ['a', 'b', 'value', ...OBJECT_NAMES.filter((name) => name !== '__proto__')];
const PLAIN = [f.string, f.long, f.double, f.boolean, f.bytes];
const FORMATTED = [f.datetime, f.uuid, f.courseKey, f.usageKey, f.ccxKey, f.libraryKey];
const BASES = ['string', 'long', 'double', 'boolean', 'bytes'] as const;

/** Fields of random types. Every record has a name of its own. */
export const someFields = (): fc.Arbitrary<Record<string, AnyFieldType>> => {
  let records = 0;
  const { fields } = fc.letrec<{
    item: AnyFieldType;
    value: AnyFieldType;
    fields: Record<string, AnyFieldType>;
  }>((tie) => ({
    item: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom(...PLAIN).map((make): AnyFieldType => make()),
      fc.constantFrom(...BASES).map((base): AnyFieldType => boxed(base)),
      tie('item').map((items) => f.list(items)),
      tie('item').map((values) => f.map(values)),
      tie('fields').map((of) => f.record(`Record${++records}`, of)),
    ),
    value: fc.oneof(
      { weight: 2, arbitrary: tie('item') },
      { weight: 1, arbitrary: fc.constantFrom(...FORMATTED).map((make): AnyFieldType => make()) },
    ),
    fields: fc
      .uniqueArray(
        fc.tuple(
          fc.constantFrom(...NAMES),
          tie('value'),
          fc.constantFrom('required', 'nullable', 'withDefault'),
        ),
        { selector: ([name]) => name, minLength: 1, maxLength: 3 },
      )
      .map((list) =>
        ownMembers(
          list.map(([name, value, kind]) => [
            name,
            kind === 'nullable'
              ? f.nullable(value)
              : kind === 'withDefault' && value.kind === 'string'
                ? f.withDefault(value, 'by default')
                : value,
          ]),
        ),
      ) as fc.Arbitrary<Record<string, AnyFieldType>>,
  }));
  return fc
    .array(fields, { minLength: 1, maxLength: 2 })
    .map((list) => Object.fromEntries(list.map((of, i) => [`arg${i}`, f.record(`Top${i}`, of)])));
};
