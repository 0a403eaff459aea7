import { OTHER } from './attributes.js';

/** So many sets of labels are told apart; what comes after them has the label `_OTHER`. */
const MOST_SETS = 2_000;

/**
 * Something for each set of three labels, made when it is first asked for. From a number of sets on the first and third label
 * are `_OTHER`, so that no name from outside makes a metric grow without bound.
 */
export class Series<T> {
  private readonly made = new Map<string, Map<string, Map<string, T>>>();
  private count = 0;
  private lastA: string | undefined;
  private lastB = '';
  private lastC = '';
  private last: T | undefined;

  constructor(private readonly make: (a: string, b: string, c: string) => T) {}

  of(a: string, b = '', c = ''): T {
    if (this.lastA === a && this.lastB === b && this.lastC === c) return this.last!;
    const found = this.find(a, b, c);
    this.lastA = a;
    this.lastB = b;
    this.lastC = c;
    return (this.last = found);
  }

  private find(a: string, b: string, c: string): T {
    const known = this.made.get(a)?.get(b)?.get(c);
    if (known !== undefined) return known;
    if (this.count >= MOST_SETS && (a !== OTHER || c !== OTHER)) return this.find(OTHER, b, OTHER);
    this.count++;
    const one = this.make(a, b, c);
    within(within(this.made, a), b).set(c, one);
    return one;
  }
}

function within<V>(maps: Map<string, Map<string, V>>, key: string): Map<string, V> {
  let found = maps.get(key);
  if (!found) maps.set(key, (found = new Map<string, V>()));
  return found;
}

/** Error names that are told apart. */
const MOST_NAMES = 100;
const NAME = /^[A-Za-z_$][\w$]{0,63}$/;

/** The `error.type` of what was thrown: the code of our errors, else the name of the class, `_OTHER` for what has no fit name. */
export class ErrorTypes {
  private readonly names = new Set<string>();

  of(thrown: unknown): string {
    const name = nameOf(thrown);
    if (this.names.has(name)) return name;
    if (!NAME.test(name) || this.names.size >= MOST_NAMES) return OTHER;
    this.names.add(name);
    return name;
  }
}

function nameOf(thrown: unknown): string {
  try {
    if (!(thrown instanceof Error)) return OTHER;
    const { code } = thrown as { readonly code?: unknown };
    return typeof code === 'string' ? code : thrown.name;
  } catch {
    return OTHER;
  }
}
