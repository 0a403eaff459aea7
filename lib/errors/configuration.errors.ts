import { EventBusError } from './event-bus.error.js';
import { outsideText, shownValue } from './outside-text.js';

/** One thing that is wrong with the configuration, in words for people. */
export interface ConfigurationProblem {
  /** The option, the `EVENT_BUS_*` variable, or the path inside it, such as `retry.attempts`. */
  readonly setting: string;
  /** The value, or what kind of value it is. Passwords, keys and tokens are masked. */
  readonly found: string;
  /** Which values would do. */
  readonly allowed: string;
}

/** The configuration is not valid. Thrown once, when the application starts, with every problem that was found. */
export class ConfigurationError extends EventBusError {
  constructor(
    /** Every problem that was found, at least one. The message has a line for each. */
    readonly problems: readonly ConfigurationProblem[],
    options: { cause?: unknown } = {},
  ) {
    super(
      'CONFIGURATION',
      `The event bus is not configured correctly:\n${problems.map(lineOf).join('\n')}`,
      options,
    );
  }
}

const LONGEST = 2_000;
/** `found` of a setting that has no value. */
const NOT_SET = shownValue('', undefined);

function lineOf({ setting, found, allowed }: ConfigurationProblem): string {
  const [name, value, expected] = [setting, found, allowed].map((text) =>
    outsideText(text, LONGEST),
  );
  return `  - ${name}: ${value === NOT_SET ? value : `found ${value}`}; expected ${expected}`;
}

/** A package that the chosen transport or compression needs is not installed. */
export class MissingPeerError extends EventBusError {
  constructor(
    /** What to give to `npm install`. */
    readonly packageName: string,
    neededBy: string,
    cause?: unknown,
  ) {
    super(
      'MISSING_PEER',
      `${neededBy} needs the package ${packageName}, which is not installed. Install it: npm install ${packageName}`,
      { cause },
    );
  }
}

/** At start the broker did not answer, or rejected the connection, until `connectTimeout` had passed. */
export class ConnectError extends EventBusError {
  constructor(message: string, cause?: unknown) {
    super('CONNECT_FAILED', message, { cause });
  }
}
