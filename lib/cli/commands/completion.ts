import type { EventCatalog } from '../../events/event-catalog.js';
import { type Command, type CommandArgument, UsageError, type ValueKind } from '../command.js';
import { bashScript } from '../completion/bash.js';
import { type CompletedCommand, type CompletionScript } from '../completion/completed-command.js';
import { zshScript } from '../completion/zsh.js';
import { COMMON_OPTIONS, namesOf, PROGRAM } from '../program.js';
import { didYouMeanWord, platformTopics } from '../suggestions.js';
import { signalPaths } from './produce-event.js';

const SHELLS: Readonly<Record<string, (script: CompletionScript) => string>> = {
  bash: bashScript,
  zsh: zshScript,
};
const NAMES = Object.keys(SHELLS);

/** Prints the script with which a shell completes the commands of `others`, their options and the values of these. */
export function completion(others: readonly Command[]): Command {
  const self: Command = {
    name: 'completion',
    summary: 'Print a completion script for bash or zsh',
    description:
      'The script completes commands, options, event types, signals and topics without starting this program. Print it ' +
      'again after an update of this package and, for a script of your application, after the events of the application ' +
      'have changed.',
    arguments: [
      {
        name: 'shell',
        description: 'the shell: bash or zsh',
        required: true,
        choices: NAMES,
      },
    ],
    options: [
      {
        flags: '--name <name>',
        description: 'name of the command to complete, if it is a script of your application',
        default: PROGRAM,
      },
    ],
    examples: [
      {
        line: 'completion bash > ~/.local/share/bash-completion/completions/openedx-event-bus',
        does: 'bash',
      },
      { line: 'completion zsh > ~/.zfunc/_openedx-event-bus', does: 'zsh, with ~/.zfunc in fpath' },
    ],
    async run(values, io, host) {
      const shell = String(values['shell']);
      if (!NAMES.includes(shell))
        throw new UsageError(
          `There are completions only for ${NAMES.join(' and ')}.${didYouMeanWord(shell, NAMES)}`,
        );
      const name = String(values['name'] ?? PROGRAM);
      if (!/^[\w.-]+$/.test(name))
        throw new UsageError('--name must be made of letters, digits, ".", "_" and "-".');
      const script = SHELLS[shell]!({
        name,
        commands: [...others, self].map(completed),
        values: wordsOf(await host.catalog()),
      });
      io.stdout.write(script);
      return 0;
    },
  };
  return self;
}

function completed({ name, summary, options, arguments: all = [] }: Command): CompletedCommand {
  return {
    name,
    summary,
    options: [...options, ...COMMON_OPTIONS].map((option) => ({
      ...namesOf(option),
      description: option.description,
      value: option.value,
    })),
    arguments: all.map(argumentOf),
  };
}

function argumentOf({ choices, value }: CommandArgument): CompletedCommand['arguments'][number] {
  return { words: choices, value };
}

/** Words that are safe in a script without quotes. */
const SAFE = /^[\w.:-]+$/;

function wordsOf(catalog: EventCatalog): Readonly<Partial<Record<ValueKind, readonly string[]>>> {
  return {
    eventType: catalog
      .all()
      .map(({ type }) => type)
      .filter((type) => SAFE.test(type)),
    signal: signalPaths(),
    topic: platformTopics(),
  };
}
