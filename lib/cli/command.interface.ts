import type { ParseArgsConfig } from 'node:util';
import type { CliHost } from './cli-host.interface.js';
import type { CliIo } from './cli-io.js';

/** The options of a command line, as node:util parseArgs gives them. */
export type CommandValues = Readonly<Record<string, string | boolean | undefined>>;

export interface Command {
  readonly name: string;
  /** The line under `Usage:`. */
  readonly usage: string;
  readonly summary: string;
  readonly options: NonNullable<ParseArgsConfig['options']>;
  /** Resolves to the exit code. Throws UsageError for values that make no sense. */
  run(values: CommandValues, io: CliIo, host: CliHost): Promise<number>;
}

export type { CliHost, CliIo };
