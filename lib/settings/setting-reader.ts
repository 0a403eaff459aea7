import type { ConfigurationProblem } from '../errors/configuration.errors.js';
import { anyOf } from '../common/names.js';
import { shownValue } from '../errors/outside-text.js';

const TOGGLES: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

/** A value as it was read. */
export interface ReadValue {
  readonly option: string;
  readonly setting: string | undefined;
  /** undefined: none was given, and there is no default. */
  readonly value: unknown;
  /** Whether it was found in the option, in the setting, or nowhere. */
  readonly from: 'option' | 'setting' | 'default';
}

/**
 * Reads typed values from an option and, where it is not given, from a setting. Each invalid value is
 * added to `problems`, and the default is returned instead.
 */
export class SettingReader {
  readonly problems: ConfigurationProblem[] = [];

  /** `told` of each value that was read, with the value found where it was rejected. */
  constructor(
    readonly setting: (name: string) => unknown,
    readonly told: (value: ReadValue) => void = () => undefined,
  ) {}

  refuse(name: string, value: unknown, allowed: string): void {
    this.problems.push({ setting: name, found: shownValue(name, value), allowed });
  }

  text(option: unknown, label: string, name?: string): string | undefined {
    const [value, from] = this.find(option, label, name, undefined);
    if (value === undefined || value === '') return undefined;
    if (typeof value === 'string' || typeof value === 'number') return String(value);
    this.refuse(from, value, 'a string');
    return undefined;
  }

  toggle(option: unknown, label: string, byDefault: boolean, name?: string): boolean {
    const [value, from] = this.find(option, label, name, byDefault);
    if (value === undefined || value === '') return byDefault;
    if (typeof value === 'boolean') return value;
    const known =
      typeof value === 'string' || typeof value === 'number'
        ? TOGGLES.get(String(value).trim().toLowerCase())
        : undefined;
    if (known === undefined) this.refuse(from, value, 'true, false, 1 or 0');
    return known ?? byDefault;
  }

  /** An integer from `least` to `most`. */
  count<Default extends number | undefined>(
    option: unknown,
    label: string,
    byDefault: Default,
    { least = 1, most = Infinity, name }: { least?: number; most?: number; name?: string } = {},
  ): number | Default {
    const [value, from] = this.find(option, label, name, byDefault);
    if (value === undefined || value === '') return byDefault;
    const number = typeof value === 'string' && /^\s*\d+\s*$/.test(value) ? Number(value) : value;
    if (Number.isSafeInteger(number) && (number as number) >= least && (number as number) <= most)
      return number as number;
    const allowed =
      most === Infinity ? `an integer >= ${least}` : `an integer from ${least} to ${most}`;
    this.refuse(from, value, allowed);
    return byDefault;
  }

  /** A finite number from `least` to `most`; undefined where it is not given. */
  number(
    option: unknown,
    label: string,
    { least, most = Infinity }: { least: number; most?: number },
  ): number | undefined {
    if (option === undefined) return undefined;
    if (Number.isFinite(option) && (option as number) >= least && (option as number) <= most)
      return option as number;
    const allowed =
      most === Infinity ? `a number >= ${least}` : `a number from ${least} to ${most}`;
    this.refuse(label, option, allowed);
    return undefined;
  }

  choice<Choice extends string>(
    option: unknown,
    label: string,
    choices: readonly [Choice, ...Choice[]],
  ): Choice {
    const given = option === undefined ? choices[0] : option;
    const from = option === undefined ? 'default' : 'option';
    this.told({ option: label, setting: undefined, value: given, from });
    if (option === undefined) return choices[0];
    const chosen = choices.find((choice) => choice === option);
    if (chosen === undefined) this.refuse(label, option, anyOf(choices));
    return chosen ?? choices[0];
  }

  private find(
    option: unknown,
    label: string,
    setting: string | undefined,
    byDefault: unknown,
  ): [value: unknown, from: string] {
    const isOption = option !== undefined && option !== null;
    const value = isOption || setting === undefined ? (option ?? undefined) : this.setting(setting);
    const isGiven = value !== undefined && value !== null && value !== '';
    const from = !isGiven ? 'default' : isOption ? 'option' : 'setting';
    this.told({ option: label, setting, value: isGiven ? value : byDefault, from });
    return [value, isOption ? label : (setting ?? label)];
  }
}

/** Where settings are looked up, in this order. */
export interface SettingSources {
  /** `settings` of the options: literal values. */
  readonly literal?: Readonly<Record<string, unknown>> | undefined;
  /** `ConfigService` of `@nestjs/config`, or anything like it. */
  readonly config?: { get(name: string): unknown } | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * The value of a setting by its `EVENT_BUS_*` name: the first source that has one wins. undefined and
 * null are not values; an empty string is one, and means the default to whoever reads the setting.
 */
export function settingLookup(sources: SettingSources): (name: string) => unknown {
  return (name) => {
    const literal = sources.literal;
    const own = literal && Object.hasOwn(literal, name) ? literal[name] : undefined;
    return own ?? sources.config?.get(name) ?? textOf(sources.env[name]);
  };
}

/** The environment holds only strings: anything else is what its object inherits. */
const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined;
