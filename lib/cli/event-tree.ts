import { FIELD_DOCS } from '../events/catalog/event-docs.js';
import type { EventDefinition } from '../events/event-definition.js';
import type {
  AnyFieldType,
  CustomType,
  FieldKind,
  Fields,
  ListType,
  MapType,
  OptionalField,
  RecordType,
  UnsupportedType,
} from '../events/field-type.js';
import { TEXT_KIND_WORDS } from '../events/text/kind-words.js';
import { toTagged } from '../codec/tagged-json.js';
import { outsideText } from '../errors/outside-text.js';
import { aligned } from './output/readable.js';
import type { Style } from './output/style.js';

/** A field of an event, as the command tells of it. */
export interface FieldTree {
  readonly name: string;
  /** `string`, `course key`, `list of UserData`, … */
  readonly type: string;
  /** Only where the field may be left out when sending. */
  readonly default?: unknown;
  readonly doc?: string;
  readonly fields?: readonly FieldTree[];
}

const KINDS: Readonly<Partial<Record<FieldKind, string>>> = {
  long: 'integer',
  double: 'number',
  ...TEXT_KIND_WORDS,
};

/** The fields of an event with all that is inside them. A record that is inside itself is not opened again. */
export function fieldTreeOf({ type, data }: EventDefinition): readonly FieldTree[] {
  const area = type.split('.')[2] ?? '';
  const docsOf = (record: string | undefined): Readonly<Record<string, string>> =>
    (record === undefined ? undefined : (own(`${area}.${record}`) ?? own(record))) ?? {};
  const walk = (
    fields: Fields,
    record: string | undefined,
    above: readonly AnyFieldType[],
  ): FieldTree[] => {
    const docs = docsOf(record);
    return Object.entries(fields).map(([name, field]) => {
      const isOptional = field.kind === 'optional';
      const { of: value, default: byDefault } = field as OptionalField<unknown>;
      const shape = isOptional ? value : field;
      const inner = recordIn(shape);
      const opened = inner && !above.includes(inner);
      return {
        name,
        type: typeText(shape),
        ...(isOptional ? { default: defaultOf(byDefault) } : {}),
        ...(Object.hasOwn(docs, name) ? { doc: docs[name]! } : {}),
        ...(opened ? { fields: walk(inner.fields, inner.name, [...above, inner]) } : {}),
      };
    });
  };
  return walk(data, undefined, []);
}

function own(record: string): Readonly<Record<string, string>> | undefined {
  return Object.hasOwn(FIELD_DOCS, record) ? FIELD_DOCS[record] : undefined;
}

function defaultOf(value: unknown): unknown {
  return typeof value === 'function' ? null : toTagged(value);
}

/** The record of a field, of the items of a list, or of the values of a map. */
function recordIn(field: AnyFieldType): RecordType<unknown> | undefined {
  if (field.kind === 'record') return field as RecordType<unknown>;
  if (field.kind === 'list') return recordIn((field as ListType<unknown>).items);
  if (field.kind === 'map') return recordIn((field as MapType<unknown>).values);
  return undefined;
}

function typeText(field: AnyFieldType): string {
  switch (field.kind) {
    case 'record':
      return (field as RecordType<unknown>).name;
    case 'list':
      return `list of ${typeText((field as ListType<unknown>).items)}`;
    case 'map':
      return `map of ${typeText((field as MapType<unknown>).values)}`;
    case 'optional':
      return typeText((field as OptionalField<unknown>).of);
    case 'custom':
      return `${(field as CustomType<unknown>).name} (${(field as CustomType<unknown>).base})`;
    case 'unsupported':
      return `${(field as UnsupportedType).pythonType} (cannot be sent)`;
    default:
      return KINDS[field.kind] ?? field.kind;
  }
}

/** The tree as lines of text. */
export function treeLines(tree: readonly FieldTree[], style: Style): string[] {
  return aligned(rowsOf(tree, '', style));
}

function rowsOf(tree: readonly FieldTree[], before: string, style: Style): string[][] {
  return tree.flatMap((field, i) => {
    const isLast = i === tree.length - 1;
    const row = [
      style.dim(before + (isLast ? '└─ ' : '├─ ')) + outsideText(field.name),
      style.green(outsideText(field.type)) + defaultText(field, style),
      style.dim(outsideText(field.doc ?? '')),
    ];
    return [row, ...rowsOf(field.fields ?? [], before + (isLast ? '   ' : '│  '), style)];
  });
}

function defaultText(
  { default: byDefault, ...field }: FieldTree & { default?: unknown },
  style: Style,
) {
  if (byDefault === undefined) return '';
  const isRecord = field.fields !== undefined;
  const shown = byDefault === null ? 'null' : isRecord ? '…' : JSON.stringify(byDefault);
  return style.yellow(` = ${outsideText(shown)}`);
}
