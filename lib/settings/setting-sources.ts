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
 * null are no value; an empty text is one, and means the default to whoever reads the setting.
 */
export function settingLookup(sources: SettingSources): (name: string) => unknown {
  return (name) => {
    const literal = sources.literal;
    const own = literal && Object.hasOwn(literal, name) ? literal[name] : undefined;
    return own ?? sources.config?.get(name) ?? textOf(sources.env[name]);
  };
}

/** An environment has texts only: anything else is what its object inherits. */
const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined;
