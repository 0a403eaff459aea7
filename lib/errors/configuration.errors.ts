import { EventBusError } from './event-bus.error.js';
import { outsideText } from './outside-text.js';

/** One thing that is wrong with the configuration. Secrets in `found` are masked by whoever makes it. */
export interface ConfigurationProblem {
  readonly setting: string;
  readonly found: string;
  readonly allowed: string;
}

/** The configuration cannot work. Thrown once, at start, with every problem that was found. */
export class ConfigurationError extends EventBusError {
  constructor(
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

function lineOf({ setting, found, allowed }: ConfigurationProblem): string {
  const [what, instead] = [setting, found].map((text) => outsideText(text, LONGEST));
  return `  - ${what}: found ${instead}; allowed: ${outsideText(allowed, LONGEST)}`;
}

/** A client library that the chosen transport needs is not installed. */
export class MissingPeerError extends EventBusError {
  constructor(
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

/** The broker could not be reached, or refused us, within the time allowed at start. */
export class ConnectError extends EventBusError {
  constructor(message: string, cause?: unknown) {
    super('CONNECT_FAILED', message, { cause });
  }
}
