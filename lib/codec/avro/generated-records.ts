import { absentBytes } from './interpreted-records.js';
import * as support from './record-functions.js';
import { isInherited, type RecordFunctions } from './record-functions.js';
import {
  type AnyOptional,
  type AnyRecord,
  fieldsOf,
  isPrimitive,
  isText,
  type Primitive,
  type Shape,
  shapeOf,
} from './shape.js';
import { formatOf } from './text-formats.js';
import * as values from './write-values.js';

const PUT: Record<Primitive['kind'], string> = {
  string: 'putString',
  long: 'putLong',
  double: 'putDouble',
  boolean: 'putBoolean',
  bytes: 'putBytes',
};
const READ: Record<Primitive['kind'], string> = {
  string: 'string',
  long: 'long',
  double: 'double',
  boolean: 'boolean',
  bytes: 'byteString',
};

/**
 * The functions of a record as generated source: one straight function a record, in which V8 sees
 * every property and every call. Names reach the source only as Avro names, which
 * `schemaTextOf` has checked; everything else is handed in as a constant. Undefined where a policy
 * forbids code from strings at this moment.
 */
export function generateRecord(record: AnyRecord): RecordFunctions | undefined {
  const source = new RecordSource();
  const root = source.record(record);
  const scope: Record<string, unknown> = { ...values, ...support, ...source.constants };
  const text = `'use strict';\n${source.functions.join('\n')}\nreturn ${root};`;
  const make = functionOf(Object.keys(scope), text);
  return make && (make(...Object.values(scope)) as RecordFunctions);
}

function functionOf(
  parameters: readonly string[],
  text: string,
): ((...scope: unknown[]) => unknown) | undefined {
  try {
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- generating code is what this file is for
    return new Function(...parameters, text) as (...scope: unknown[]) => unknown;
  } catch (error) {
    if (error instanceof Error && error.name === 'EvalError') return undefined;
    throw error;
  }
}

class RecordSource {
  readonly functions: string[] = [];
  readonly constants: Record<string, unknown> = {};
  private readonly records = new Map<AnyRecord, string>();
  private names = 0;

  record(record: AnyRecord): string {
    const known = this.records.get(record);
    if (known !== undefined) return known;
    const name = this.name(record.name);
    this.records.set(record, name);
    const fields = fieldsOf(record);
    this.functions.push(`const ${name} = {
  write(b, p, value) {${this.writeBody(record)}
    return p;
  },
  read(r) {
    return {${fields.map(([field, shape]) => `\n      ${keyOf(field)}: ${this.read(shape)},`).join('')}
    };
  },
  copy(value) {
    return {${fields.map(([field, shape]) => `\n      ${keyOf(field)}: ${this.copy(shape, member('value', field))},`).join('')}
    };
  },
};`);
    return name;
  }

  private writeBody(record: AnyRecord): string {
    const fields = fieldsOf(record);
    const required = fields.filter(([, shape]) => shape.kind !== 'optional').length;
    const lines = [`if (value === null || typeof value !== 'object') refuse();`];
    lines.push(`let seen = ${required};`);
    const locals = fields.map(() => this.name('field'));
    fields.forEach(([field], i) => {
      lines.push(`const ${locals[i]!} = ${member('value', field)};`);
    });
    // Directly after the reads, where V8 knows the shape of the object, and so its prototype.
    lines.push('const inherits = mayInherit(value);');
    fields.forEach(([, shape], i) => {
      const local = locals[i]!;
      lines.push(
        shape.kind === 'optional' ? this.writeOptional(shape, local) : this.write(shape, local),
      );
    });
    if (required === 0) lines.push('if (seen === 0) checkIsRecord(value);');
    const names = this.constant('names', new Set(Object.keys(record.fields)));
    lines.push(`if (Object.keys(value).length !== seen || inherits) checkNames(value, ${names});`);
    return lines.map((line) => `\n    ${line}`).join('');
  }

  private writeOptional(field: AnyOptional, value: string): string {
    const present = this.write(shapeOf(field.of), value);
    if (field.default === null)
      return (
        `if (${value} === undefined) b[p++] = 0; else { seen++; ` +
        `if (${value} === null) b[p++] = 0; else { b[p++] = 2; ${present} } }`
      );
    const bytes = absentBytes(field);
    const absent =
      bytes.length === 1 && bytes[0] === 0
        ? 'b[p++] = 0;'
        : `p = putReady(b, p, ${this.constant('absent', bytes)});`;
    return `if (${value} === undefined) { ${absent} } else { seen++; ${present} }`;
  }

  private write(shape: Shape, value: string): string {
    switch (shape.kind) {
      case 'record':
        return `p = ${this.record(shape)}.write(b, p, ${value});`;
      case 'list': {
        const [length, i, item] = [this.name('length'), this.name('i'), this.name('item')];
        return (
          `const ${length} = lengthOf(${value}); if (${length} > 0) p = putLength(b, p, ${length}); ` +
          `for (let ${i} = 0; ${i} < ${length}; ${i}++) { const ${item} = ${value}[${i}]; ` +
          `${this.write(shapeOf(shape.items), item)} } b[p++] = 0;`
        );
      }
      case 'map': {
        const [keys, key, entry] = [this.name('keys'), this.name('key'), this.name('entry')];
        return (
          `const ${keys} = sortedKeysOf(${value}); ` +
          `if (${keys}.length > 0) p = putLength(b, p, ${keys}.length); ` +
          `for (const ${key} of ${keys}) { p = putString(b, p, ${key}); const ${entry} = ${value}[${key}]; ` +
          `${this.write(shapeOf(shape.values), entry)} } b[p++] = 0;`
        );
      }
      case 'custom': {
        const wire = `toWire(${this.constant('custom', shape)}, ${value})`;
        return `p = ${PUT[shape.base]}(b, p, ${wire});`;
      }
      default:
        if (isPrimitive(shape)) return `p = ${PUT[shape.kind]}(b, p, ${value});`;
        if (isText(shape)) return `p = putText(b, p, ${value}, ${this.format(shape.kind)});`;
        throw new TypeError(`${shape.kind} has no place here`);
    }
  }

  private read(shape: Shape): string {
    switch (shape.kind) {
      case 'record':
        return `${this.record(shape)}.read(r)`;
      case 'list':
        return `${this.readList(shapeOf(shape.items))}(r)`;
      case 'map':
        return `${this.readMap(shapeOf(shape.values))}(r)`;
      case 'custom':
        return `fromWire(${this.constant('custom', shape)}, r.${READ[shape.base]}())`;
      case 'optional': {
        const of = shapeOf(shape.of);
        if (shape.default !== null) return this.read(of);
        return `r.present() ? ${isText(of) ? `r.formattedOrEmpty(${this.format(of.kind)})` : this.read(of)} : null`;
      }
      default:
        if (isPrimitive(shape)) return `r.${READ[shape.kind]}()`;
        if (isText(shape)) return `r.formatted(${this.format(shape.kind)})`;
        throw new TypeError(`${shape.kind} has no place here`);
    }
  }

  private readList(items: Shape): string {
    const name = this.name('readList');
    this.functions.push(`const ${name} = (r) => {
  const list = [];
  for (let count = r.count(); count > 0; count = r.count())
    for (; count > 0; count--) { list.push(${this.read(items)}); r.checkEnd(); }
  return list;
};`);
    return name;
  }

  private readMap(entries: Shape): string {
    const name = this.name('readMap');
    this.functions.push(`const ${name} = (r) => {
  const map = {};
  for (let count = r.count(); count > 0; count = r.count())
    for (; count > 0; count--) { setEntry(map, r.string(), ${this.read(entries)}); r.checkEnd(); }
  return map;
};`);
    return name;
  }

  private copy(shape: Shape, value: string): string {
    switch (shape.kind) {
      case 'record':
        return `${this.record(shape)}.copy(${value})`;
      case 'list': {
        const items = shapeOf(shape.items);
        return isShared(items)
          ? `${value}.slice()`
          : `${value}.map((item) => ${this.copy(items, 'item')})`;
      }
      case 'map': {
        const entries = shapeOf(shape.values);
        return isShared(entries)
          ? `({ ...${value} })`
          : `copyMap(${value}, (entry) => ${this.copy(entries, 'entry')})`;
      }
      case 'optional': {
        const copy = this.copy(shapeOf(shape.of), value);
        return copy === value ? value : `${value} === null ? null : ${copy}`;
      }
      case 'bytes':
        return `copyBytes(${value})`;
      default:
        return value;
    }
  }

  private format(kind: Parameters<typeof formatOf>[0]): string {
    return this.constant(kind, formatOf(kind));
  }

  private constant(name: string, value: unknown): string {
    const known = Object.entries(this.constants).find(([, other]) => other === value);
    if (known !== undefined) return known[0];
    const constant = this.name(name);
    this.constants[constant] = value;
    return constant;
  }

  private name(base: string): string {
    return `${base}_${++this.names}`;
  }
}

/** Immutable, or made by a custom field type, which alone knows how to copy it. */
const isShared = (shape: Shape): boolean =>
  shape.kind === 'custom' || isText(shape) || (isPrimitive(shape) && shape.kind !== 'bytes');

const member = (object: string, field: string): string =>
  isInherited(field) ? `ownValue(${object}, '${field}')` : `${object}.${field}`;

const keyOf = (field: string): string => (field === '__proto__' ? `['${field}']` : field);
