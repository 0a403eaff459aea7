import {
  type CliIo,
  type CommandIo,
  commandIo,
  OutputFailedError,
  outputFailure,
} from './cli-io.js';
import { type CliHost, type Command, UsageError } from './command.js';
import { completion } from './commands/completion.js';
import { config } from './commands/config.js';
import { consumeEvents } from './commands/consume-events.js';
import { deadLetters } from './commands/dead-letters.js';
import { decode, encode } from './commands/encode-decode.js';
import { events } from './commands/events.js';
import { generateAvroSchemas } from './commands/generate-avro-schemas.js';
import { produceEvent } from './commands/produce-event.js';
import { replayEvents } from './commands/replay-events.js';
import { exitCodeOf, messageOf } from './error-answer.js';
import { OutputClosedError } from './output/answers.js';
import { Answered, parseCommandLine, PROGRAM } from './program.js';
import { StandaloneHost } from './standalone-host.js';
import { stoppable } from './stoppable-host.js';
import { versionText } from './version.js';

/** In the order of the help. */
export const COMMANDS: readonly Command[] = [
  consumeEvents,
  produceEvent,
  replayEvents,
  deadLetters,
  events,
  config,
  encode,
  decode,
  generateAvroSchemas,
];

/** As `runCli`. */
export async function runCommandLine(
  argv: readonly string[],
  io: CliIo,
  hostFor: (io: CommandIo) => CliHost = (of) => new StandaloneHost(of),
): Promise<number> {
  const exitCode = await run(argv, io, hostFor);
  const failure = await outputFailure(io);
  if (!failure) return exitCode;
  io.stderr.write(`${failure.message}\n`);
  return exitCode || 1;
}

async function run(
  argv: readonly string[],
  io: CliIo,
  hostFor: (io: CommandIo) => CliHost,
): Promise<number> {
  const all = [...COMMANDS, completion(COMMANDS)];
  let stderr = io.stderr;
  let host: CliHost | undefined;
  let about: string | undefined;
  try {
    const { command, values, output } = parseCommandLine(argv, all, await versionText(), io);
    about = command.name;
    const used = commandIo(io, output);
    stderr = used.stderr;
    host = hostFor(used);
    return await command.run(values, used, stoppable(host, io.signal));
  } catch (error) {
    if (error instanceof Answered) return error.exitCode;
    if (!(error instanceof OutputClosedError || error instanceof OutputFailedError)) {
      const help = [PROGRAM, (error instanceof UsageError && error.command) || about, '--help'];
      const more = error instanceof UsageError ? `See "${help.filter(Boolean).join(' ')}".\n` : '';
      stderr.write(`${messageOf(error)}\n${more}`);
    }
    return exitCodeOf(error);
  } finally {
    await host?.close();
  }
}
