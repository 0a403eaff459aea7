import { ConfigurationError, type ConfigurationProblem } from '../errors/index.js';
import { outsideText } from '../errors/outside-text.js';
import type { EventDefinition } from './event-definition.js';
import type { AnyFieldType, Fields, PrimitiveKind } from './field-type.js';

const PRIMITIVES: readonly unknown[] = [
  'string',
  'long',
  'double',
  'boolean',
  'bytes',
] satisfies PrimitiveKind[];
const WITHOUT_PARTS: readonly unknown[] = [
  ...PRIMITIVES,
  'datetime',
  'uuid',
  'courseKey',
  'usageKey',
  'ccxKey',
  'libraryKey',
  'libraryUsageKey',
  'libraryCollectionKey',
  'libraryContainerKey',
];
/** Deeper than any event of Open edX by far, and shallow enough for whatever walks a shape. */
const DEEPEST = 100;

/**
 * A frozen copy of what is given as an event definition, each property of which is read once: nothing
 * that happens to the original later changes it. Throws ConfigurationError, with the path of every
 * problem, for what is no definition at all: a part that is missing, of a wrong type or of an unknown kind.
 */
export function copyDefinition(given: unknown, defaultVersion?: number): EventDefinition {
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
    if (typeof type !== 'string') refuse('type', describe(type), 'a text');
    if (typeof minorVersion !== 'number')
      refuse('minorVersion', describe(minorVersion), 'an integer from 0');
    const fields = new Copies(refuse).fields(data, 'data', 0);
    copy = Object.freeze({ type, minorVersion, data: fields } as EventDefinition);
  } catch (cause) {
    refuse('definition', 'one that cannot be read', 'an object whose properties can be read');
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
      return known ?? this.refuse(path, 'a field type inside itself', 'one that ends');
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
        return this.refuse(path, `the kind ${found}`, 'the kind of one of the field types');
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
    return typeof value === 'string' ? value : this.refuse(path, describe(value), 'a text');
  }
}
