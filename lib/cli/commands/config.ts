import { outsideText, shownName } from '../../errors/outside-text.js';
import type { ConfigurationProblem } from '../../errors/index.js';
import { nearMatches } from '../../common/names.js';
import type { ResolvedValue } from '../../settings/resolved-values.js';
import { exitCodeOf, failed } from '../error-answer.js';
import type { Command } from '../command.js';
import type { CommandIo } from '../cli-io.js';
import type { Answer } from '../output/answers.js';
import { aligned } from '../output/readable.js';

/** Prints what the bus works with, and all that is wrong. Exit code 2 when something is. */
export const config: Command = {
  name: 'config',
  summary: 'Print the resolved settings, the source of each, and every problem found',
  description:
    'Prints each value with its source: an option of forRoot or of the transport, "settings" of forRoot, @nestjs/config, ' +
    'an environment variable (also one that a .env file was loaded into), or the default. Secrets are masked. ' +
    'The exit code is 2 if a problem is found.',
  options: [],
  examples: [
    { line: 'config', does: 'which settings does the bus use?' },
    {
      line: 'config > /dev/null',
      does: 'check the settings before a deployment, by the exit code',
    },
  ],
  async run(_values, io, host) {
    const { values, problems, failure } = await host.configuration();
    const shown = valuesToShow(values);
    await printValues(shown, io);
    warnOfUnused(shown, io);
    for (const problem of problems) await io.answers.write(problemAnswer(problem));
    if (failure !== undefined) await io.answers.write(failed(failure));
    if (problems.length > 0) return 2;
    if (failure !== undefined) return exitCodeOf(failure);
    await io.answers.write({
      json: { result: 'valid' },
      text: (style) =>
        style.green(`The settings are valid.${host.hasHandlers ? '' : NOT_CONTACTED}`),
    });
    return 0;
  },
};

/** An application connects when it starts. */
const NOT_CONTACTED = ' The broker was not contacted.';

/** Each once: a setting that an option took the place of is left out, and names that stand for others where not given. */
function valuesToShow(values: readonly ResolvedValue[]): readonly ResolvedValue[] {
  const told = new Set<string>();
  return values.filter(({ option, setting, from }) => {
    const isAlias = option === setting;
    if (told.has(option) || (isAlias && told.has(setting))) return false;
    told.add(option);
    if (setting !== undefined) told.add(setting);
    return !(isAlias && from === 'default' && ALIASES.has(option));
  });
}

/** Names of which only one is given, for the same value. */
const ALIASES: ReadonlySet<string> = new Set([
  'EVENT_BUS_TRANSPORT',
  'EVENT_BUS_PRODUCER',
  'EVENT_BUS_CONSUMER',
  'SERVICE_VARIANT',
]);

async function printValues(
  values: readonly ResolvedValue[],
  { answers }: CommandIo,
): Promise<void> {
  if (answers.forPeople) {
    await answers.write({
      json: undefined,
      text: (style) =>
        aligned([
          ['OPTION', 'VALUE', 'FROM'].map(style.bold),
          ...values.map(({ option, setting, shown, from }) => [
            style.cyan(outsideText(option)),
            from === 'default' ? style.dim(shown) : shown,
            style.dim(sourceText(from, setting)),
          ]),
        ]).join('\n'),
    });
    return;
  }
  for (const { option, setting = null, shown, from } of values)
    await answers.write({
      json: { option, setting, value: shown, from },
      text: () => '',
    });
}

function sourceText(from: string, setting: string | undefined): string {
  if (from === 'option' || setting === undefined) return from;
  return from === 'default' ? `default (${setting})` : `${from}: ${setting}`;
}

/** Variables that look like settings and that nobody reads. Of those that are misspelt the configuration warns itself. */
function warnOfUnused(values: readonly ResolvedValue[], { env, logger }: CommandIo): void {
  const known = [...values.flatMap(({ setting }) => setting ?? []), ...ALIASES];
  const unused = Object.keys(env).filter(
    (name) => name.startsWith('EVENT_BUS_') && !known.includes(name),
  );
  const others = unused.filter((name) => nearMatches(name, known, MOST_LETTERS).length === 0);
  if (others.length > 0)
    logger.warn(
      `These environment variables are set, but this bus does not use them (misspelt, or of another transport): ${others.map(shownName).join(', ')}`,
    );
}

/** As the configuration counts them. */
const MOST_LETTERS = 2;

function problemAnswer({ setting, found, allowed }: ConfigurationProblem): Answer {
  return {
    json: { error: { code: 'CONFIGURATION', setting, found, allowed } },
    text: (style) => {
      const [error, name] = [style.red('error'), style.bold(outsideText(setting))];
      return `${error}  ${name}: found ${outsideText(found, 500)}; expected ${outsideText(allowed, 1_000)}`;
    },
  };
}
