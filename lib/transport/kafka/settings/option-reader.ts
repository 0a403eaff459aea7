import type { ConfigurationProblem } from '../../../errors/index.js';
import { shownValue } from '../../../errors/outside-text.js';

type Values = Readonly<Record<string, unknown>>;

interface Range {
  readonly min: number;
  readonly max: number;
  readonly whole?: boolean;
}

/** Reads options, and keeps a problem for each that cannot be; the values of texts are never shown. */
export class OptionReader {
  readonly values: Values;

  /** `name` is what the options are called in a problem. */
  constructor(
    private readonly name: string,
    values: object,
    private readonly problems: ConfigurationProblem[],
  ) {
    this.values = values as Values;
  }

  has(option: string): boolean {
    return this.values[option] !== undefined;
  }

  /** The options in an option, which may be left out. */
  inside(option: string): OptionReader {
    const value = this.values[option] ?? {};
    if (typeof value !== 'object') this.refuse(option, typeof value, 'an object');
    const inner = typeof value === 'object' ? value : {};
    const separator = this.name.includes(' ') ? '.' : ' ';
    return new OptionReader(`${this.name}${separator}${option}`, inner, this.problems);
  }

  /** The first one allowed where the option is left out and not required. */
  oneOf<T extends string>(option: string, allowed: readonly T[], isRequired = false): T {
    const value = this.values[option] ?? (isRequired ? undefined : allowed[0]);
    if (allowed.includes(value as T)) return value as T;
    this.refuse(option, shownValue(option, value), allowed.join(', '));
    return allowed[0]!;
  }

  number(option: string, fallback: number, { min, max, whole = false }: Range): number {
    const value = this.values[option] ?? fallback;
    const fits = typeof value === 'number' && value >= min && value <= max;
    if (fits && (!whole || Number.isInteger(value))) return value;
    const kind = whole ? 'a whole number' : 'a number';
    this.refuse(option, shownValue(option, value), `${kind} from ${min} to ${max}`);
    return fallback;
  }

  boolean(option: string, fallback: boolean): boolean {
    const value = this.values[option] ?? fallback;
    if (typeof value === 'boolean') return value;
    this.refuse(option, shownValue(option, value), 'true or false');
    return fallback;
  }

  /** Required. */
  function(option: string): () => unknown {
    const value = this.values[option];
    if (typeof value !== 'function') this.refuse(option, typeof value, 'a function');
    return value as () => unknown;
  }

  /** Required where there is no fallback. */
  text(option: string, fallback?: string): string {
    const value = this.values[option] ?? fallback;
    if (typeof value === 'string' && value !== '') return value;
    this.refuse(option, value === '' ? 'an empty text' : typeof value, 'a text');
    return '';
  }

  refuse(option: string, found: string, allowed: string): void {
    const separator = this.name.includes(' ') ? '.' : ' ';
    this.problems.push({ setting: `${this.name}${separator}${option}`, found, allowed });
  }
}
