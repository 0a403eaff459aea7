import { anyOf, didYouMean } from '../../common/names.js';
import { ConfigurationError, type ConfigurationProblem } from '../../errors/index.js';
import { shownName, shownValue } from '../../errors/outside-text.js';
import type { RecordPosition } from '../../transport/transport.interface.js';
import type { DeadLetter, DeadLetterQuery, RedriveOptions } from './dead-letters.js';

type Check = (value: unknown) => boolean;
type Checks<T> = Readonly<Record<keyof T, readonly [allowed: string, fits: Check]>>;

const isText: Check = (value) => typeof value === 'string' && value !== '';
const isTime: Check = (value) => value instanceof Date && !Number.isNaN(value.getTime());
const TEXT = ['a string', isText] as const;
const TIME = ['a Date', isTime] as const;
const TARGETS: readonly unknown[] = ['handlers', 'topic'];

const ORIGIN: Checks<Pick<DeadLetterQuery, 'group' | 'topic'>> = { group: TEXT, topic: TEXT };

const CONDITIONS: Checks<DeadLetterQuery> = {
  id: [
    'a string or a list of strings',
    (id) =>
      typeof id === 'string' || (Array.isArray(id) && id.every((one) => typeof one === 'string')),
  ],
  ...ORIGIN,
  handler: TEXT,
  code: TEXT,
  eventType: TEXT,
  since: TIME,
  until: TIME,
};

const OPTIONS: Checks<RedriveOptions> = {
  to: [anyOf(TARGETS as string[]), (to) => TARGETS.includes(to)],
  again: ['true or false', (value) => typeof value === 'boolean'],
  rate: ['a number > 0', (rate) => typeof rate === 'number' && rate > 0],
  limit: [
    'an integer >= 1',
    (limit) => limit === Infinity || (Number.isSafeInteger(limit) && (limit as number) >= 1),
  ],
  dryRun: ['true or false', (value) => typeof value === 'boolean'],
  by: TEXT,
};

/** Throws ConfigurationError for a query that is none: a misspelt condition would let every letter fit. */
export function checkQuery(query: unknown): void {
  check('query of dead letters', query, CONDITIONS);
}

/** As `checkQuery`, for a query of the history. */
export function checkHistoryQuery(query: unknown): void {
  check('query of dead letters', query, ORIGIN);
}

/** As `checkQuery`, and a query without any condition is none. */
export function checkClosingQuery(query: unknown): void {
  checkQuery(query);
  if (Object.values(query as object).every((condition) => condition === undefined))
    throw invalid('conditions', 'none', 'at least one, such as topic, group, handler or id');
}

/** Throws ConfigurationError for options that are none of those that `names` says. */
export function checkOptions(options: unknown, names: readonly (keyof RedriveOptions)[]): void {
  const known = Object.fromEntries(names.map((name) => [name, OPTIONS[name]]));
  check('dead letters', options, known);
}

function check(
  what: string,
  given: unknown,
  known: Readonly<Record<string, readonly [allowed: string, fits: Check]>>,
): void {
  const names = Object.keys(known);
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw problem([
      {
        setting: what,
        found: shownValue(what, given),
        allowed: `an object { ${names.join(', ')} }`,
      },
    ]);
  const problems = Object.entries(given).flatMap(([name, value]): ConfigurationProblem[] => {
    if (value === undefined) return [];
    const setting = `${what}: ${shownName(name)}`;
    if (!Object.hasOwn(known, name))
      return [
        {
          setting,
          found: 'a name that does not exist',
          allowed: `${anyOf(names)}${didYouMean(name, names)}`,
        },
      ];
    const [allowed, fits] = known[name]!;
    return fits(value) ? [] : [{ setting, found: shownValue(name, value), allowed }];
  });
  if (problems.length > 0) throw problem(problems);
}

const problem = (problems: readonly ConfigurationProblem[]): ConfigurationError =>
  new ConfigurationError([...problems]);

/** How far letters were read. */
export interface ReadPosition {
  readonly topic: string;
  readonly read: readonly RecordPosition[];
}

/** The last position read of each partition of the topic that the page ends in. */
export function cursorAfter(letters: readonly DeadLetter[], before: string | undefined): string {
  const { topic } = letters.at(-1)!.position;
  const earlier = before === undefined ? undefined : readCursor(before);
  const read = new Map<string, RecordPosition>();
  for (const position of earlier?.topic === topic ? earlier.read : [])
    read.set(position.partition, position);
  for (const { position } of letters)
    if (position.topic === topic) read.set(position.partition, position);
  return Buffer.from(JSON.stringify({ topic, read: [...read.values()] })).toString('base64url');
}

/** Throws ConfigurationError for what `cursorAfter` did not make. */
export function readCursor(after: unknown): ReadPosition {
  try {
    const text = Buffer.from(after as string, 'base64url').toString('utf8');
    const { topic, read } = JSON.parse(text) as ReadPosition;
    if (typeof topic === 'string' && Array.isArray(read) && read.every(isPosition))
      return { topic, read };
  } catch {
    // Said below.
  }
  throw invalid('after', after, 'the value of `next` from the previous page');
}

function isPosition(value: unknown): value is RecordPosition {
  const { topic, partition, offset } = value as Partial<Record<keyof RecordPosition, unknown>>;
  return [topic, partition, offset].every((part) => typeof part === 'string');
}

export function invalid(what: string, found: unknown, allowed: string): ConfigurationError {
  return problem([{ setting: `dead letters: ${what}`, found: shownValue(what, found), allowed }]);
}
