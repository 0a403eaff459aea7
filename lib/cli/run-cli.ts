import type { DynamicModule, Type } from '@nestjs/common';
import { holdingProcess } from '../common/waiting.js';
import type { CliHost } from './command.js';
import { type CliIo, type CommandIo, processIo } from './cli-io.js';

/**
 * Runs one command; `argv` starts with its name. Resolves to the exit code: 0 done, 1 fatal, or an event was
 * rejected, 2 usage or configuration, 3 too many errors. Never rejects and never ends the process.
 */
export async function runCli(
  argv: readonly string[],
  io: CliIo,
  hostFor?: (io: CommandIo) => CliHost,
): Promise<number> {
  // Here and not above: applications that never run a command load no parser.
  const { runCommandLine } = await import('./command-line.js');
  return holdingProcess(() => runCommandLine(argv, io, hostFor));
}

/** Options of `runEventBusCli`. */
export interface EventBusCliOptions {
  /** Name of the bus that the commands use. Default: the unnamed one. */
  readonly bus?: string;
}

/**
 * Runs a command of `openedx-event-bus` inside an application: with its settings, its events and, for
 * `consume-events`, its handlers. The application is started without consuming anything by itself.
 *
 * Resolves to the exit code when all is written and closed, and sets `process.exitCode`; it never
 * rejects and never ends the process. `argv` starts with the name of the command.
 */
export async function runEventBusCli(
  module: Type<unknown> | DynamicModule | Promise<DynamicModule>,
  argv: readonly string[] = process.argv.slice(2),
  { bus }: EventBusCliOptions = {},
): Promise<number> {
  const { ApplicationHost } = await import('./application-host.js');
  const io = processIo();
  const exitCode = await runCli(argv, io, (used) => new ApplicationHost(module, used, bus));
  io.release();
  process.exitCode = exitCode;
  return exitCode;
}
