import type { DeadLetterQuery, RedriveOptions } from '../../consuming/dead-letters/dead-letters.js';
import {
  type CliHost,
  type CommandOption,
  type CommandValues,
  integerOf,
  momentOf,
  textOf,
  UsageError,
} from '../command.js';
import { didYouMeanWord } from '../suggestions.js';

/** What the command does, and the options that each action takes besides the conditions. */
const ACTIONS = {
  list: ['limit', 'data'],
  show: ['data'],
  redrive: ['limit', 'dry-run', 'rate', 'to', 'again', 'by'],
  discard: ['limit', 'dry-run', 'reason', 'by'],
  history: ['limit'],
} as const satisfies Record<string, readonly string[]>;

export type LetterAction = keyof typeof ACTIONS;
export const LETTER_ACTIONS = Object.keys(ACTIONS) as LetterAction[];

const CONDITIONS: readonly string[] = [
  ...['topic', 'group', 'handler', 'code'],
  ...['event-type', 'since', 'until', 'id'],
];
const OF_HISTORY: readonly string[] = ['topic', 'group'];

const ALL = 'all letters';

export const LETTER_OPTIONS: readonly CommandOption[] = [
  {
    flags: '-t, --topic <topic>',
    description: 'topic that the records came from, without the environment prefix',
    default: 'all topics of the application; required outside an application',
    value: 'topic',
  },
  {
    flags: '-g, --group <group>',
    description: 'consumer group that could not handle the records',
    default: 'all groups of the application; required outside an application',
  },
  { flags: '--handler <id>', description: 'id of a handler that failed', default: ALL },
  { flags: '--code <code>', description: 'error code, such as HANDLERS_FAILED', default: ALL },
  {
    flags: '--event-type <type>',
    description: 'type of the event',
    default: ALL,
    value: 'eventType',
  },
  {
    flags: '--since <time>',
    description: 'failed last at or after this time, such as 2026-05-01T08:00:00Z',
    default: ALL,
  },
  { flags: '--until <time>', description: 'failed last before this time', default: ALL },
  { flags: '--id <id>', description: 'id of a letter; several joined by commas', default: ALL },
  {
    flags: '--limit <count>',
    description: 'stop after this number of letters (not with show)',
    default: 'no limit',
  },
  {
    flags: '--data',
    description: 'list, show: also print the data of the events, which may be personal data',
    default: 'off',
  },
  {
    flags: '--dry-run',
    description:
      'redrive, discard: change nothing; print which letters would be redriven or discarded',
    default: 'off',
  },
  {
    flags: '--to <target>',
    description:
      'redrive: to "handlers" (only to those that failed), or to "topic" (every group of the topic receives the event again)',
    default: 'handlers',
  },
  {
    flags: '--again',
    description: 'redrive: idempotent handlers also get events that they have handled before',
    default:
      'off: such handlers are not called; a letter that has no other handlers is closed with the result "handled before"',
  },
  {
    flags: '--rate <number>',
    description: 'redrive: maximum number of letters per second',
    default: 'no limit',
  },
  {
    flags: '--reason <text>',
    description: 'discard: why, in your own words, for the history',
    default: 'required for discard',
  },
  {
    flags: '--by <name>',
    description: 'redrive, discard: your name, for the history',
    default: 'user and host of this process',
  },
];

/** Throws UsageError for an action that there is not, and for options that it does not take. */
export function actionOf(values: CommandValues): LetterAction {
  const given = textOf(values, 'action') ?? '';
  const action = LETTER_ACTIONS.find((name) => name === given);
  if (!action)
    throw new UsageError(
      `Unknown action. The actions are ${LETTER_ACTIONS.join(', ')}.${didYouMeanWord(given, LETTER_ACTIONS)}`,
    );
  const allowed = [...(action === 'history' ? OF_HISTORY : CONDITIONS), ...ACTIONS[action]];
  for (const [name, value] of Object.entries(values))
    if (value !== undefined && name !== 'action' && name !== 'letter' && !allowed.includes(name))
      throw new UsageError(`"dead-letters ${action}" does not take --${name}.`);
  if (values['letter'] === undefined) return action;
  if (action === 'history') throw new UsageError('"dead-letters history" takes no id.');
  if (values['id'] !== undefined)
    throw new UsageError('Specify the id either as --id or without an option, not both.');
  return action;
}

/** Throws UsageError for values that make no sense, and where the host or the action needs a condition that is missing. */
export function letterQueryOf(
  values: CommandValues,
  action: LetterAction,
  { hasHandlers }: Pick<CliHost, 'hasHandlers'>,
): DeadLetterQuery {
  for (const name of CONDITIONS)
    if (values[name] === '') throw new UsageError(`--${name} must not be empty.`);
  const moment = (name: string): Date | undefined => {
    const text = textOf(values, name);
    return text === undefined ? undefined : new Date(momentOf(`--${name}`, text));
  };
  const ids = (textOf(values, 'letter') ?? textOf(values, 'id'))?.split(',');
  const query: DeadLetterQuery = {
    id: ids?.map((id) => id.trim()).filter((id) => id !== ''),
    group: textOf(values, 'group'),
    topic: textOf(values, 'topic'),
    handler: textOf(values, 'handler'),
    code: textOf(values, 'code'),
    eventType: textOf(values, 'event-type'),
    since: moment('since'),
    until: moment('until'),
  };
  if (!hasHandlers && (query.group === undefined || query.topic === undefined))
    throw new UsageError(
      '--topic and --group are required, because this command was not started by an application that has handlers. In a script of your application (runEventBusCli, docs/cli.md) both may be left out.',
    );
  if (action === 'show' && ids?.length !== 1)
    throw new UsageError('"dead-letters show" needs the id of one letter, as "list" prints it.');
  const isOpen = Object.values(query).every((condition) => condition === undefined);
  if ((action === 'redrive' || action === 'discard') && isOpen)
    throw new UsageError(
      `"dead-letters ${action}" needs at least one condition, such as --topic, --group, --handler, --code or --id. Without one it would ${action} every dead letter of the application. Look at the letters with "list" first, or add --dry-run.`,
    );
  return query;
}

/** How letters are redriven. Throws UsageError. */
export function redriveOptionsOf(
  values: CommandValues,
): ClosingOptions & Pick<RedriveOptions, 'to' | 'again' | 'rate'> {
  const to = textOf(values, 'to') ?? 'handlers';
  if (to !== 'handlers' && to !== 'topic')
    throw new UsageError(`--to must be handlers or topic.${didYouMeanWord(to, TARGETS)}`);
  const rate = textOf(values, 'rate');
  const perSecond = rate === undefined || /^\d+(\.\d+)?$/.test(rate) ? Number(rate) : 0;
  if (rate !== undefined && !(perSecond > 0))
    throw new UsageError('--rate must be a number > 0: letters per second.');
  if (to === 'topic' && values['again'] === true)
    throw new UsageError(
      '--again cannot be combined with --to topic: in each group that reads the topic, idempotent handlers skip the events that they have handled before.',
    );
  return {
    ...closingOptionsOf(values),
    to: to,
    again: values['again'] === true,
    rate: rate === undefined ? undefined : perSecond,
  };
}

const TARGETS = ['handlers', 'topic'];

export interface ClosingOptions {
  readonly by: string | undefined;
  readonly limit: number | undefined;
  readonly dryRun: boolean;
}

/** What redriving and discarding have in common. Throws UsageError. */
export function closingOptionsOf(values: CommandValues): ClosingOptions {
  const by = textOf(values, 'by');
  if (by?.trim() === '') throw new UsageError('--by must not be empty.');
  return {
    by,
    limit: limitOf(values),
    dryRun: values['dry-run'] === true,
  };
}

/** Throws UsageError. */
export function limitOf(values: CommandValues): number | undefined {
  return integerOf(values, 'limit', 1);
}

/** Throws UsageError where it is missing. */
export function reasonOf(values: CommandValues): string {
  const reason = textOf(values, 'reason')?.trim();
  if (!reason)
    throw new UsageError(
      '--reason is required: it says in the history why the letters were discarded, such as --reason "test data".',
    );
  return reason;
}
