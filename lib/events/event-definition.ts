import type {
  Fields,
  FieldsOf,
  InputOf,
  OutputOf,
  AnyFieldType,
  FieldKind,
  ListType,
  MapType,
  OptionalField,
  RecordType,
  PrimitiveKind,
  TextKind,
} from './field-type.js';
import { ConfigurationError, type ConfigurationProblem } from '../errors/index.js';
import { outsideText } from '../errors/outside-text.js';

declare const DATA: unique symbol;
declare const INPUT: unique symbol;

/**
 * The definition of an event: its type and the fields of its data, from which the types of handlers and `send` are
 * inferred. Python calls it a signal.
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- any event is assignable to the bare name
export interface EventDefinition<Type extends string = string, Data = any, DataInput = any> {
  /** Such as `org.openedx.learning.course.enrollment.created.v1`. */
  readonly type: Type;
  /** What events of this definition have as `metadata.minorversion`. */
  readonly minorVersion: number;
  /** The fields of the event's data, in the order in which they are written. */
  readonly data: FieldsOf<Data, DataInput>;
  /** For the compiler only, which infers the received type from it. Never there at run time. */
  readonly [DATA]?: (value: Data) => Data;
  /** For the compiler only, which infers the sent type from it. Never there at run time. */
  readonly [INPUT]?: (value: DataInput) => DataInput;
}

/** An event of your own, as `defineEvent` takes it. */
export interface EventDeclaration<Type extends string, F extends Fields> {
  /** Unique among all events of a bus. Start it with a domain of yours, and end it with a major version: `.v1`. */
  readonly type: Type;
  /** An integer >= 0, for `metadata.minorversion`. Default 0. */
  readonly minorVersion?: number;
  /** The fields of the event's data, in the order in which they are written. */
  readonly data: F;
}

/**
 * Defines a custom event. Register it with `EventBusModule.forFeature([EVENT])`.
 *
 * Throws ConfigurationError, with the path of every problem, for what the Python services or Avro could not
 * carry: a field of the data named like a reserved one (`time`, `metadata`, `from_event_bus`, `sender`,
 * `signal`, `send_robust`) or nullable; a name that Avro refuses; a record called CloudEvent; two
 * different records of one name; optional values, dates, UUIDs or keys as items of a list or map; a
 * field type of an unknown kind. The definition is a copy: what is done to the declaration later changes
 * nothing.
 */
export function defineEvent<const Type extends string, F extends Fields>(
  declaration: EventDeclaration<Type, F>,
): EventDefinition<Type, OutputOf<F>, InputOf<F>> {
  return checkedCopy(declaration, 0) as EventDefinition<Type, OutputOf<F>, InputOf<F>>;
}

const checked = new WeakMap<object, EventDefinition>();

/**
 * What `defineEvent` made, as it is; of a definition that was put together by hand, a frozen copy, made
 * and checked at the first call. Throws ConfigurationError, as `defineEvent`.
 */
export function checkedDefinition(given: unknown): EventDefinition {
  const isObject = typeof given === 'object' && given !== null;
  const known = isObject ? checked.get(given) : undefined;
  if (known !== undefined) return known;
  const definition = checkedCopy(given);
  if (isObject) checked.set(given, definition);
  return definition;
}

function checkedCopy(given: unknown, minorVersion?: number): EventDefinition {
  const definition = copyDefinition(given, minorVersion);
  assertDefinition(definition);
  checked.set(definition, definition);
  return definition;
}

/** What handlers of an event definition receive: `DataOf<typeof COURSE_ENROLLMENT_CREATED>`. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- only any matches what is not inferred
export type DataOf<E> = E extends EventDefinition<any, infer D, any> ? D : never;
/** What `send` accepts for an event definition: fields with a default may be left out. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- only any matches what is not inferred
export type DataInputOf<E> = E extends EventDefinition<any, any, infer D> ? D : never;

/** Names that Python's `send_event` takes for itself (they cannot be arguments). */
const RESERVED = ['time', 'metadata', 'from_event_bus', 'sender', 'signal', 'send_robust'];
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const UNFIT_FOR_A_TYPE = /[*\x00-\x1f\x7f-\x9f]|\p{Cs}/u;
const AVRO_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Every kind that travels as a string of its own; the compiler sees that none is missing. */
const TEXTS = Object.keys({
  datetime: true,
  uuid: true,
  courseKey: true,
  usageKey: true,
  ccxKey: true,
  libraryKey: true,
  libraryUsageKey: true,
  libraryCollectionKey: true,
  libraryContainerKey: true,
} satisfies Record<TextKind, true>) as readonly TextKind[];
/** What Python rejects as items of a list or values of a map. */
const NOT_AS_ITEM: ReadonlySet<FieldKind> = new Set<FieldKind>(['optional', ...TEXTS]);

/**
 * Throws ConfigurationError, with every problem and its path, for a definition that Python or Avro
 * could not carry.
 */
function assertDefinition(definition: EventDefinition): void {
  new DefinitionCheck(definition).run();
}

const ONCE = 'at most one of nullable and withDefault, applied once';

class DefinitionCheck {
  private readonly problems: ConfigurationProblem[] = [];
  private readonly records = new Map<string, RecordType<unknown>>();

  constructor(private readonly definition: EventDefinition) {}

  run(): void {
    const { type, minorVersion, data } = this.definition;
    if (type === '' || UNFIT_FOR_A_TYPE.test(type)) {
      const allowed = 'a non-empty string without "*", control characters or unpaired surrogates';
      this.refuse('type', JSON.stringify(outsideText(type)), allowed);
    }
    if (!Number.isSafeInteger(minorVersion) || minorVersion < 0) {
      this.refuse('minorVersion', String(minorVersion), 'a non-negative integer');
    }
    for (const [name, field] of Object.entries(data)) this.argument(name, field);
    if (this.problems.length) throw new ConfigurationError(this.problems);
  }

  private argument(name: string, field: AnyFieldType): void {
    const path = `data.${name}`;
    if (RESERVED.includes(name)) {
      this.refuse(path, 'a reserved name', `any name except ${RESERVED.join(', ')}`);
    }
    if (field.kind === 'optional' && (field as OptionalField<unknown>).default === null) {
      this.refuse(
        path,
        'a nullable field',
        'a required field, or one with a default (only the fields of a record can be nullable)',
      );
    }
    this.named(path, name, field);
  }

  private named(path: string, name: string, field: AnyFieldType): void {
    if (!AVRO_NAME.test(name) || name === '__proto__') {
      this.refuse(
        path,
        `the name ${JSON.stringify(outsideText(name))}`,
        'letters, digits and underscores, not starting with a digit',
      );
    }
    if (field.kind !== 'optional') return this.value(path, field);
    const { of, default: value } = field as OptionalField<unknown>;
    if (of.kind === 'optional') this.refuse(path, 'nullable or withDefault applied twice', ONCE);
    if (value === undefined) this.refuse(path, 'undefined as default', 'a value or null');
    this.value(path, of);
  }

  private value(path: string, field: AnyFieldType): void {
    if (field.kind === 'record') this.record(path, field as RecordType<unknown>);
    if (field.kind === 'list') this.items(`${path}[]`, (field as ListType<unknown>).items);
    if (field.kind === 'map') this.items(`${path}{}`, (field as MapType<unknown>).values);
  }

  private items(path: string, field: AnyFieldType): void {
    if (NOT_AS_ITEM.has(field.kind)) {
      const allowed =
        'string, long, double, boolean, bytes, a list, a map, a record or a custom type';
      this.refuse(path, field.kind, allowed);
    }
    this.value(path, field);
  }

  private record(path: string, record: RecordType<unknown>): void {
    const known = this.records.get(record.name);
    if (known === record) return;
    if (known) {
      if (!sameShape(known, record)) {
        const allowed = `the same fields in all records named ${record.name} of the event`;
        this.refuse(path, `another record named ${record.name}`, allowed);
      }
      return;
    }
    this.records.set(record.name, record);
    if (!AVRO_NAME.test(record.name) || record.name === 'CloudEvent') {
      const allowed =
        'letters, digits and underscores, not starting with a digit, and not CloudEvent, which is the Avro name of the event itself';
      this.refuse(path, `a record named ${JSON.stringify(outsideText(record.name))}`, allowed);
    }
    this.fields(path, record.fields);
  }

  private fields(path: string, fields: Fields): void {
    const entries = Object.entries(fields);
    if (entries.length === 0) this.refuse(path, 'a record without fields', 'at least one field');
    for (const [name, field] of entries) this.named(`${path}.${name}`, name, field);
  }

  private refuse(path: string, found: string, allowed: string): void {
    this.problems.push({
      setting: `event ${outsideText(this.definition.type)}: ${path}`,
      found,
      allowed,
    });
  }
}

/**
 * Whether two shapes, made of plain objects, are the same all the way down, field order included. Each
 * pair of parts is compared once: `compared` has those that are, or are about to be.
 */
function sameShape(a: unknown, b: unknown, compared = new Map<object, Set<object>>()): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const others = compared.get(a) ?? new Set<object>();
  compared.set(a, others);
  if (others.has(b)) return true;
  others.add(b);
  const left = Object.entries(a);
  const right = Object.entries(b);
  return (
    left.length === right.length &&
    left.every(
      ([key, value], i) => key === right[i]?.[0] && sameShape(value, right[i]?.[1], compared),
    )
  );
}

const PRIMITIVES: readonly unknown[] = [
  'string',
  'long',
  'double',
  'boolean',
  'bytes',
] satisfies PrimitiveKind[];
const WITHOUT_PARTS: readonly unknown[] = [...PRIMITIVES, ...TEXTS];
/** Deeper than any event of Open edX by far, and shallow enough for whatever walks a shape. */
const DEEPEST = 100;

/**
 * A frozen copy of what is given as an event definition, each property of which is read once: nothing
 * that happens to the original later changes it. Throws ConfigurationError, with the path of every
 * problem, for what is no definition at all: a part that is missing, of a wrong type or of an unknown kind.
 */
function copyDefinition(given: unknown, defaultVersion?: number): EventDefinition {
  const problems: ConfigurationProblem[] = [];
  let type: unknown;
  const refuse: Refuse = (path, found, allowed) => {
    const event = typeof type === 'string' ? outsideText(type) : typeof type;
    problems.push({ setting: `event ${event}: ${path}`, found, allowed });
    return undefined;
  };
  let copy: EventDefinition | undefined;
  try {
    const { type: name, minorVersion = defaultVersion, data } = membersOf(given);
    type = name;
    if (typeof type !== 'string') refuse('type', describe(type), 'a string');
    if (typeof minorVersion !== 'number')
      refuse('minorVersion', describe(minorVersion), 'a non-negative integer');
    const fields = new Copies(refuse).fields(data, 'data', 0);
    copy = Object.freeze({ type, minorVersion, data: fields } as EventDefinition);
  } catch (cause) {
    refuse('definition', 'one that cannot be read', 'an object with readable properties');
    throw new ConfigurationError(problems, { cause });
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
  return copy;
}

type Refuse = (path: string, found: string, allowed: string) => undefined;
type Members = Readonly<Record<string, unknown>>;

const membersOf = (value: unknown): Members =>
  typeof value === 'object' && value !== null ? (value as Members) : {};

const describe = (value: unknown): string =>
  value === null ? 'null' : typeof value === 'object' ? 'an object' : typeof value;

class Copies {
  /** The same part twice in a definition stays the same; undefined while its own parts are copied. */
  private readonly known = new Map<unknown, AnyFieldType | undefined>();

  constructor(private readonly refuse: Refuse) {}

  fields(given: unknown, path: string, depth: number): Fields | undefined {
    if (typeof given !== 'object' || given === null || Array.isArray(given))
      return this.refuse(path, describe(given), 'an object of fields');
    const copies: [string, AnyFieldType | undefined][] = [];
    for (const name of Object.keys(given)) {
      const at = `${path}.${outsideText(name, 80)}`;
      copies.push([name, this.field((given as Members)[name], at, depth)]);
    }
    return Object.freeze(Object.fromEntries(copies)) as Fields;
  }

  private field(given: unknown, path: string, depth: number): AnyFieldType | undefined {
    if (typeof given !== 'object' || given === null)
      return this.refuse(path, describe(given), 'a field type, such as string()');
    if (this.known.has(given)) {
      const known = this.known.get(given);
      return (
        known ??
        this.refuse(path, 'a field type that contains itself', 'a field type that is not recursive')
      );
    }
    if (depth === DEEPEST)
      return this.refuse(path, 'deeper nesting', `at most ${DEEPEST} levels of nesting`);
    this.known.set(given, undefined);
    const copy = this.copyOf(given as Members, path, depth) as unknown as AnyFieldType | undefined;
    if (copy === undefined) this.known.delete(given);
    else this.known.set(given, Object.freeze(copy));
    return copy;
  }

  private copyOf(given: Members, path: string, depth: number): Members | undefined {
    const { kind } = given;
    if (WITHOUT_PARTS.includes(kind)) return { kind };
    switch (kind) {
      case 'list':
        return { kind, items: this.field(given['items'], `${path}[]`, depth + 1) };
      case 'map':
        return { kind, values: this.field(given['values'], `${path}{}`, depth + 1) };
      case 'optional': {
        const of = this.field(given['of'], path, depth + 1);
        return { kind, of, default: given['default'] };
      }
      case 'record':
        return {
          kind,
          name: this.text(given['name'], `${path}: name`),
          fields: this.fields(given['fields'], path, depth + 1),
        };
      case 'custom':
        return this.custom(given, path);
      case 'unsupported':
        return { kind, pythonType: this.text(given['pythonType'], `${path}: pythonType`) };
      default: {
        const found = typeof kind === 'string' ? JSON.stringify(outsideText(kind)) : describe(kind);
        return this.refuse(
          path,
          `the kind ${found}`,
          'a field type of this package, such as string() or list()',
        );
      }
    }
  }

  private custom(given: Members, path: string): Members {
    const { kind, base } = given;
    if (!PRIMITIVES.includes(base))
      this.refuse(`${path}: base`, describe(base), 'string, long, double, boolean or bytes');
    const name = this.text(given['name'], `${path}: name`);
    const toWire = this.method(given, 'toWire', path);
    return { kind, name, base, toWire, fromWire: this.method(given, 'fromWire', path) };
  }

  /** Of an object of a class, the method keeps its object. */
  private method(given: Members, name: string, path: string): unknown {
    const method = given[name];
    if (typeof method !== 'function')
      return this.refuse(`${path}: ${name}`, describe(method), 'a function');
    return Object.hasOwn(given, name) ? method : (method.bind(given) as unknown);
  }

  private text(value: unknown, path: string): unknown {
    return typeof value === 'string' ? value : this.refuse(path, describe(value), 'a string');
  }
}
