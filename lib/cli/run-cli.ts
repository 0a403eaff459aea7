import { parseArgs } from 'node:util';
import type { DynamicModule, Type } from '@nestjs/common';
import { holdingProcess } from '../common/waiting.js';
import { type CliHost, type Command, type CommandValues, UsageError } from './command.js';
import { type CliIo, OutputClosedError, processIo } from './cli-io.js';
import { consumeEvents } from './commands/consume-events.js';
import { decode, encode } from './commands/encode-decode.js';
import { generateAvroSchemas } from './commands/generate-avro-schemas.js';
import { produceEvent } from './commands/produce-event.js';
import { replayEvents } from './commands/replay-events.js';
import { shownName } from '../errors/outside-text.js';
import { exitCodeOf, messageOf } from './error-answer.js';
import { StandaloneHost } from './standalone-host.js';
import { ApplicationHost } from './application-host.js';

const COMMANDS: readonly Command[] = [
  produceEvent,
  consumeEvents,
  replayEvents,
  encode,
  decode,
  generateAvroSchemas,
];

/**
 * Runs one command; `argv` starts with its name. Resolves to the exit code: 0 done, 1 fatal or an event
 * rejected, 2 usage or configuration, 3 too many errors. Never rejects and never ends the process.
 */
export async function runCli(
  argv: readonly string[],
  io: CliIo,
  hostFor: (io: CliIo) => CliHost = (of) => new StandaloneHost(of),
): Promise<number> {
  const [name, ...rest] = argv;
  if (name === '--help' || name === '-h' || name === 'help') {
    io.stdout.write(helpText());
    return 0;
  }
  const host = hostFor(io);
  try {
    const command = COMMANDS.find((known) => known.name === name);
    if (!command)
      throw new UsageError(name ? `unknown command ${shownName(name)}\n${helpText()}` : helpText());
    const values = valuesOf(command, rest);
    if (values['help']) {
      io.stdout.write(`${command.summary}\nUsage: openedx-event-bus ${command.usage}\n`);
      return 0;
    }
    return await holdingProcess(() => command.run(values, io, host));
  } catch (error) {
    if (!(error instanceof OutputClosedError)) io.stderr.write(`${messageOf(error)}\n`);
    return exitCodeOf(error);
  } finally {
    await holdingProcess(() => host.close());
  }
}

function valuesOf(command: Command, args: string[]): CommandValues {
  try {
    const options = { ...command.options, help: { type: 'boolean', short: 'h' } } as const;
    return parseArgs({ args, options, strict: true }).values;
  } catch (error) {
    throw new UsageError(`${optionProblem(error)}\nUsage: openedx-event-bus ${command.usage}`);
  }
}

/** What `parseArgs` rejected; an argument by itself may be anything, so it is not shown. */
function optionProblem(error: unknown): string {
  const { code } = error as { code?: unknown };
  if (code !== 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL') return messageOf(error);
  return 'there is an argument that belongs to no option';
}

function helpText(): string {
  const lines = COMMANDS.map(({ usage, summary }) => `  ${usage}\n      ${summary}`);
  return `Usage: openedx-event-bus COMMAND\n\n${lines.join('\n')}\n`;
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
  const exitCode = await runCli(argv, processIo(), (io) => new ApplicationHost(module, io, bus));
  process.exitCode = exitCode;
  return exitCode;
}
