import type { ParseArgsConfig } from 'node:util';
import type { CliHost } from './cli-host.interface.js';
import type { CliIo } from './cli-io.js';

/** The command line cannot be understood: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

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

/** The text of an option; undefined where it was not given. */
export function textOf(values: CommandValues, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

/** Throws UsageError where the option was not given, or is empty. */
export function requiredText(values: CommandValues, name: string): string {
  const value = textOf(values, name);
  if (!value) throw new UsageError(`--${name} is required`);
  return value;
}

/** Throws UsageError for anything but a whole number from `least` up. */
export function integerOf(values: CommandValues, name: string, least: number): number | undefined {
  const value = textOf(values, name);
  if (value === undefined) return undefined;
  const number = /^\d+$/.test(value) ? Number(value) : NaN;
  if (!Number.isSafeInteger(number) || number < least)
    throw new UsageError(`--${name} takes a whole number from ${least} up`);
  return number;
}

/** Seconds, with a fraction or without, in ms. */
export function secondsOf(values: CommandValues, name: string): number | undefined {
  const value = textOf(values, name);
  if (value === undefined) return undefined;
  const ms = /^\d+(\.\d+)?$/.test(value) ? Number(value) * 1000 : NaN;
  if (!(ms < 2 ** 31)) throw new UsageError(`--${name} takes seconds`);
  return ms;
}
