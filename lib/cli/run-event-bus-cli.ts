import { ApplicationHost, type ApplicationModule } from './application-host.js';
import { processIo } from './process-io.js';
import { runCli } from './run-cli.js';

export interface EventBusCliOptions {
  /** The bus that the commands use; default: the unnamed one. */
  readonly bus?: string;
}

/**
 * Runs a command of `openedx-event-bus` inside an application: with its settings, its events and, for
 * `consume-events`, its handlers. The application is booted without consuming anything by itself.
 *
 * Resolves to the exit code when all is written and closed, and sets `process.exitCode`; it never
 * rejects and never ends the process. `argv` starts with the name of the command.
 */
export async function runEventBusCli(
  module: ApplicationModule,
  argv: readonly string[] = process.argv.slice(2),
  { bus }: EventBusCliOptions = {},
): Promise<number> {
  const exitCode = await runCli(argv, processIo(), (io) => new ApplicationHost(module, io, bus));
  process.exitCode = exitCode;
  return exitCode;
}
