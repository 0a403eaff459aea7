import { ConfigurationError, type ConfigurationProblem } from '../errors/index.js';
import { outsideText } from '../errors/outside-text.js';
import type { EventDefinition } from './event-definition.js';
import type {
  AnyFieldType,
  FieldKind,
  Fields,
  ListType,
  MapType,
  OptionalField,
  RecordType,
} from './field-type.js';

/** Names that the reference's `send_event` takes for itself (behaviour: they cannot be arguments). */
const RESERVED = ['time', 'metadata', 'from_event_bus', 'sender', 'signal', 'send_robust'];
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const UNFIT_FOR_A_TYPE = /[*\x00-\x1f\x7f-\x9f]|\p{Cs}/u;
const AVRO_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** What the reference refuses as items of a list or values of a map. */
const NOT_AS_ITEM: ReadonlySet<FieldKind> = new Set<FieldKind>([
  'optional',
  'datetime',
  'uuid',
  'courseKey',
  'usageKey',
  'ccxKey',
  'libraryKey',
  'libraryUsageKey',
  'libraryCollectionKey',
  'libraryContainerKey',
]);

/**
 * Throws ConfigurationError, with every problem and its path, for a definition that the reference or Avro
 * could not carry.
 */
export function assertDefinition(definition: EventDefinition): void {
  new DefinitionCheck(definition).run();
}

class DefinitionCheck {
  private readonly problems: ConfigurationProblem[] = [];
  private readonly records = new Map<string, RecordType<unknown>>();

  constructor(private readonly definition: EventDefinition) {}

  run(): void {
    const { type, minorVersion, data } = this.definition;
    if (type === '' || UNFIT_FOR_A_TYPE.test(type)) {
      const allowed =
        'a text that is not empty and holds no "*", no control character and no half of a surrogate pair';
      this.refuse('type', JSON.stringify(outsideText(type)), allowed);
    }
    if (!Number.isSafeInteger(minorVersion) || minorVersion < 0) {
      this.refuse('minorVersion', String(minorVersion), 'an integer from 0');
    }
    for (const [name, field] of Object.entries(data)) this.argument(name, field);
    if (this.problems.length) throw new ConfigurationError(this.problems);
  }

  private argument(name: string, field: AnyFieldType): void {
    const path = `data.${name}`;
    if (RESERVED.includes(name)) {
      this.refuse(path, 'a reserved name', `any but ${RESERVED.join(', ')}`);
    }
    if (field.kind === 'optional' && (field as OptionalField<unknown>).default === null) {
      this.refuse(
        path,
        'nullable',
        'required, or with a default (a record may hold nullable fields)',
      );
    }
    this.named(path, name, field);
  }

  private named(path: string, name: string, field: AnyFieldType): void {
    if (!AVRO_NAME.test(name) || name === '__proto__') {
      this.refuse(
        path,
        `the name ${JSON.stringify(outsideText(name))}`,
        'letters, digits and _, no digit first',
      );
    }
    if (field.kind !== 'optional') return this.value(path, field);
    const { of, default: value } = field as OptionalField<unknown>;
    if (of.kind === 'optional')
      this.refuse(path, 'optional twice', 'nullable or withDefault, once');
    if (value === undefined) this.refuse(path, 'the default undefined', 'a value, or null');
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
        const allowed = `the same fields wherever the name ${record.name} stands in the event`;
        this.refuse(path, `another record named ${record.name}`, allowed);
      }
      return;
    }
    this.records.set(record.name, record);
    if (!AVRO_NAME.test(record.name) || record.name === 'CloudEvent') {
      const allowed =
        'letters, digits and _, no digit first, and not CloudEvent (the event itself)';
      this.refuse(path, `a record named ${JSON.stringify(outsideText(record.name))}`, allowed);
    }
    this.fields(path, record.fields);
  }

  private fields(path: string, fields: Fields): void {
    const entries = Object.entries(fields);
    if (entries.length === 0) this.refuse(path, 'a record without fields', 'one field or more');
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
export function sameShape(
  a: unknown,
  b: unknown,
  compared = new Map<object, Set<object>>(),
): boolean {
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
