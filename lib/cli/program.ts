import { Command as CommanderCommand, CommanderError, Option } from 'commander';
import type { CliIo, OutputChoice } from './cli-io.js';
import {
  type Command,
  type CommandExample,
  type CommandOption,
  type CommandValues,
  UsageError,
} from './command.js';
import { shownName } from '../errors/outside-text.js';
import { columnsOf, type Style, styleFor } from './output/style.js';
import { didYouMeanWord } from './suggestions.js';

export const PROGRAM = 'openedx-event-bus';

/** The options of every command. */
export const COMMON_OPTIONS: readonly CommandOption[] = [
  {
    flags: '--json',
    description: 'answer in JSON lines',
    default: 'on, unless standard output is a terminal',
  },
  {
    flags: '--no-color',
    description: 'print without colours; same as the environment variable NO_COLOR',
    default: 'colours on a terminal',
  },
  { flags: '-V, --version', description: 'print the version', default: '' },
  {
    flags: '-h, --help',
    description: 'print the help of the program or of a command',
    default: '',
  },
];

/** The longest first. */
const EXAMPLES: readonly CommandExample[] = [
  { line: 'consume-events -t user-login -g crm-sync', does: 'read events until Ctrl-C' },
  { line: 'events --short', does: 'which events are there?' },
];

/** What a command line asks for. */
export interface Invocation {
  readonly command: Command;
  readonly values: CommandValues;
  readonly output: OutputChoice;
}

/** The command line was answered by its parsing: with help, or with the version. */
export class Answered extends Error {
  override readonly name = 'Answered';
  constructor(readonly exitCode: number) {
    super();
  }
}

/**
 * Parses a command line. Help and version are written to `io`. Throws Answered where nothing is left to do, and
 * UsageError with what is wrong and what may have been meant.
 */
export function parseCommandLine(
  argv: readonly string[],
  commands: readonly Command[],
  version: string,
  io: CliIo,
): Invocation {
  let invocation: Invocation | undefined;
  const program = programOf(commands, version, io, argv, (chosen) => (invocation = chosen));
  checkValues(argv, commands);
  try {
    program.parse([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    throw meaningOf(error, argv, commands);
  }
  return invocation!;
}

function programOf(
  commands: readonly Command[],
  version: string,
  io: CliIo,
  argv: readonly string[],
  chosen: (invocation: Invocation) => void,
): CommanderCommand {
  const [json, noColor] = COMMON_OPTIONS.map(optionOf);
  const style = styleFor(io.stdout, io.env, !argv.includes('--no-color'));
  const program = new CommanderCommand(PROGRAM)
    .description('Sends, reads, replays and inspects events of the Open edX event bus.')
    .usage('COMMAND [options]')
    .addOption(json!)
    .addOption(noColor!)
    .version(version, '-V, --version', described(COMMON_OPTIONS[2]!))
    .helpOption('-h, --help', described(COMMON_OPTIONS[3]!))
    .helpCommand('help [command]', 'Print the help of a command')
    .exitOverride()
    .showSuggestionAfterError(false)
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      outputError: () => undefined,
      getOutHelpWidth: () => columnsOf(io.stdout),
      getErrHelpWidth: () => columnsOf(io.stderr),
      getOutHasColors: () => true,
      getErrHasColors: () => false,
    })
    .configureHelp({
      showGlobalOptions: true,
      commandUsage: usageOf,
      styleTitle: style.bold,
      styleCommandText: style.cyan,
      styleSubcommandText: style.cyan,
      styleOptionText: style.green,
      styleArgumentText: style.green,
    })
    .addHelpText('after', afterHelp(style));
  for (const command of commands) {
    const sub = program
      .command(command.name)
      .summary(command.summary)
      .description([`${command.summary}.`, command.description].filter(Boolean).join('\n\n'))
      .addHelpText('after', examplesText(command, style.bold, style.dim));
    for (const option of command.options) sub.addOption(optionOf(option));
    for (const argument of command.arguments ?? []) {
      const created = sub.createArgument(
        argument.required ? `<${argument.name}>` : `[${argument.name}]`,
        argument.description,
      );
      if (argument.choices) created.argChoices = [...argument.choices];
      sub.addArgument(created);
    }
    sub.action((...given: unknown[]) => {
      const globals = program.opts<{ json?: boolean; color: boolean }>();
      const values: Record<string, string | boolean | undefined> = {};
      for (const option of sub.options)
        values[option.long!.slice(2)] = sub.getOptionValue(option.attributeName()) as string;
      command.arguments?.forEach(({ name }, i) => (values[name] = given[i] as string | undefined));
      chosen({
        command,
        values,
        output: { json: globals.json === true, colours: globals.color },
      });
    });
  }
  return program;
}

function afterHelp({ bold, dim }: Style): string {
  const [first] = EXAMPLES;
  return [
    `\n${bold('Settings:')}`,
    `  EVENT_BUS_* environment variables, as in Python. "${PROGRAM} config" prints them.`,
    `\n${bold('Examples:')}`,
    ...EXAMPLES.map(
      ({ line, does }) => `  ${PROGRAM} ${line.padEnd(first!.line.length)}  ${dim(`# ${does}`)}`,
    ),
    `\nRun "${PROGRAM} COMMAND --help" for the options and examples of a command.`,
  ].join('\n');
}

function usageOf(this: void, command: CommanderCommand): string {
  const parent = command.parent ? `${PROGRAM} ` : '';
  return `${parent}${command.name()} ${command.usage()}`;
}

function optionOf(option: CommandOption): Option {
  return new Option(option.flags, described(option));
}

/** With its default, as the help shows it. */
function described({ description, default: byDefault }: CommandOption): string {
  if (byDefault === '') return description;
  return byDefault.startsWith('required')
    ? `${description} (${byDefault})`
    : `${description} (default: ${byDefault})`;
}

function examplesText(
  { examples }: Command,
  bold: (text: string) => string,
  dim: (text: string) => string,
): string {
  const lines = examples.map(({ line, does }) => `  ${dim(`# ${does}`)}\n  ${PROGRAM} ${line}`);
  return `\n${bold('Examples:')}\n${lines.join('\n')}`;
}

/** The long and short names of an option, and whether a value follows it. */
export function namesOf({ flags }: CommandOption): { names: string[]; takesValue: boolean } {
  const { long, short, required } = new Option(flags);
  return {
    names: [short, long].filter((name) => name !== undefined),
    takesValue: required,
  };
}

/** An option in the place of a value is a value that was forgotten. Throws UsageError. */
function checkValues(argv: readonly string[], commands: readonly Command[]): void {
  const command = commands.find(({ name }) => argv.includes(name));
  const withValue = (command?.options ?? [])
    .map(namesOf)
    .filter(({ takesValue }) => takesValue)
    .flatMap(({ names }) => names);
  argv.forEach((argument, i) => {
    const next = argv[i + 1];
    if (!withValue.includes(argument) || next === undefined || next === '-') return;
    if (next.startsWith('-'))
      throw new UsageError(
        `${argument} needs a value. If the value begins with a hyphen, write ${argument}=VALUE.`,
        command?.name,
      );
  });
}

/** Which one it is is not said: it may be a password. */
const UNEXPECTED_ARGUMENT =
  'Unexpected argument. Write a value after its option, and put quotes around a value that contains spaces.';

const optionIn = (message: string): string => /'([^'<]*) </.exec(message)?.[1] ?? 'The option';

function meaningOf(
  error: CommanderError,
  argv: readonly string[],
  commands: readonly Command[],
): Error {
  const { code, exitCode, message } = error;
  if (exitCode === 0) return new Answered(0);
  const command = commands.find(({ name }) => argv.includes(name));
  const about = command?.name;
  const quoted = /'([^' =]*)/.exec(message)?.[1] ?? '';
  if (code === 'commander.help') return new Answered(2);
  if (code === 'commander.unknownOption') {
    const names = [...(command?.options ?? []), ...COMMON_OPTIONS].flatMap(
      (one) => namesOf(one).names,
    );
    return new UsageError(
      `Unknown option ${shownName(quoted)}.${didYouMeanWord(quoted, names)}`,
      about,
    );
  }
  if (code === 'commander.unknownCommand') {
    const names = commands.map(({ name }) => name);
    return new UsageError(`Unknown command ${shownName(quoted)}.${didYouMeanWord(quoted, names)}`);
  }
  if (code === 'commander.optionMissingArgument')
    return new UsageError(`${optionIn(message)} needs a value.`, about);
  if (code === 'commander.missingArgument')
    return new UsageError(`The argument ${shownName(quoted)} is missing.`, about);
  if (code === 'commander.excessArguments') return new UsageError(UNEXPECTED_ARGUMENT, about);
  return new UsageError(`The command line cannot be parsed (${code}).`, about);
}
