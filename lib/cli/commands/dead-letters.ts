import { monotonicNow } from '../../common/clocks.js';
import type { DeadLetter } from '../../consuming/dead-letters/dead-letters.js';
import { shownName } from '../../errors/outside-text.js';
import type { RecordPosition } from '../../transport/transport.interface.js';
import type { CommandIo } from '../cli-io.js';
import {
  type CliHost,
  type Command,
  type CommandValues,
  type OpenedDeadLetters,
} from '../command.js';
import {
  closedAnswer,
  type LetterData,
  letterAnswer,
  listAnswer,
  outcomeAnswer,
  sumAnswer,
} from '../dead-letters/letter-answers.js';
import {
  actionOf,
  type ClosingOptions,
  closingOptionsOf,
  LETTER_ACTIONS,
  LETTER_OPTIONS,
  type LetterAction,
  letterQueryOf,
  limitOf,
  reasonOf,
  redriveOptionsOf,
} from '../dead-letters/letter-options.js';
import { redriveByMember } from '../../consuming/redrive-requests/redrive-client.js';
import { whoWeAre } from '../../consuming/dead-letters/who-we-are.js';
import { untilStopped } from '../dead-letters/until-stopped.js';
import { positionText } from '../record-printer.js';
import { eventTypeAdvice, warnOfUnknownTopic } from '../suggestions.js';

/**
 * Shows and closes dead letters. Inside an application those of its bus, which its own handlers can be given; by itself
 * those of one topic and group, which a running process of the group is asked to redrive. Exit code 1 when a letter failed again or was kept.
 */
export const deadLetters: Command = {
  name: 'dead-letters',
  summary: 'List, show, redrive or discard dead letters',
  description:
    'A dead letter is a record that a consumer group could not handle and that was kept. "list" prints the open letters, ' +
    'and "show" prints one of them. "redrive" gives letters to the handlers that failed. In a script of your ' +
    'application the command runs them itself; elsewhere a running process of the group does. With --to topic it sends their records to their topic again. ' +
    '"discard" closes letters without handling them. ' +
    '"history" prints the closed letters. After Ctrl-C the command finishes the current letter.',
  arguments: [
    {
      name: 'action',
      description: LETTER_ACTIONS.join(', '),
      required: true,
      choices: LETTER_ACTIONS,
    },
    { name: 'letter', description: 'id of a letter, the same as --id; show needs exactly one id' },
  ],
  options: LETTER_OPTIONS,
  examples: [
    {
      line: 'dead-letters list -t user-login -g crm-sync',
      does: 'which events could not be handled?',
    },
    {
      line: 'dead-letters redrive --handler crm.sync --since 2026-05-01T08:00:00Z --rate 20',
      does: 'in a script of your application: give the letters to the handler again, 20 per second',
    },
    {
      line: 'dead-letters discard -t user-login -g crm-sync --code UNUSABLE_RECORD --reason "sent by a test"',
      does: 'close them without handling them',
    },
  ],
  async run(values, io, host) {
    const action = actionOf(values);
    const query = letterQueryOf(values, action, host);
    const { eventType, topic } = query;
    if (topic !== undefined && !host.hasHandlers) await warnOfUnknownTopic(topic, io, host);
    if (eventType !== undefined) await warnOfUnknownType(eventType, io, host);
    const work = { values, query, io, host };
    const run = RUNS[action];
    return run(work);
  },
};

interface Work {
  readonly values: CommandValues;
  readonly query: ReturnType<typeof letterQueryOf>;
  readonly io: CommandIo;
  readonly host: CliHost;
}

const RUNS: Readonly<Record<LetterAction, (work: Work) => Promise<number>>> = {
  list,
  show,
  redrive,
  discard,
  history,
};

async function list({ values, query, io, host }: Work): Promise<number> {
  const limit = limitOf(values) ?? Infinity;
  const opened = await host.deadLetters();
  const textOf = textOfPosition(opened);
  let count = 0;
  for await (const letter of untilStopped(opened.letters.all(query), io.signal)) {
    await io.answers.write(listAnswer(letter, textOf, await dataOf(letter, values, opened)));
    if (++count >= limit) break;
  }
  if (count === 0 && !io.signal.aborted) io.logger.hint(NONE);
  return io.signal.aborted ? 1 : 0;
}

async function show({ values, query, io, host }: Work): Promise<number> {
  const opened = await host.deadLetters();
  for await (const letter of untilStopped(opened.letters.all(query), io.signal)) {
    const data = await dataOf(letter, values, opened);
    await io.answers.write(letterAnswer(letter, textOfPosition(opened), data));
    return 0;
  }
  if (!io.signal.aborted)
    io.logger.error(
      'No open dead letter has this id. It may have been redriven or discarded: see "dead-letters history".',
    );
  return 1;
}

async function redrive({ values, query, io, host }: Work): Promise<number> {
  const options = redriveOptionsOf(values);
  const opened = await host.deadLetters();
  const counts: Record<string, number> = options.dryRun
    ? { selected: 0 }
    : { handled: 0, skipped: 0, sent: 0, failedAgain: 0, kept: 0, reserved: 0 };
  const { to, again, dryRun, rate, limit, by } = options;
  const byMember = to === 'handlers' && !dryRun && !host.hasHandlers;
  const letters = byMember
    ? redriveByMember(
        opened.bus,
        { ...query, group: query.group! },
        { again, rate, limit, by: by ?? whoWeAre() },
        io.signal,
      )
    : untilClosed(opened.letters.redrive(query, options), opened, io);
  return closeLetters('redrive', letters, counts, { opened, options, io });
}

async function discard({ values, query, io, host }: Work): Promise<number> {
  const reason = reasonOf(values);
  const options = closingOptionsOf(values);
  const opened = await host.deadLetters();
  const counts: Record<string, number> = options.dryRun
    ? { selected: 0 }
    : { discarded: 0, reserved: 0 };
  const letters = untilClosed(opened.letters.discardEach(query, reason, options), opened, io);
  return closeLetters('discard', letters, counts, { opened, options, io });
}

async function history({ values, query, io, host }: Work): Promise<number> {
  const limit = limitOf(values) ?? Infinity;
  const opened = await host.deadLetters();
  let count = 0;
  for await (const closed of untilStopped(opened.letters.history(query), io.signal)) {
    await io.answers.write(closedAnswer(closed, textOfPosition(opened)));
    if (++count >= limit) break;
  }
  if (count === 0 && !io.signal.aborted) io.logger.hint('The history is empty.');
  return io.signal.aborted ? 1 : 0;
}

const NONE = 'No open dead letter matches.';
/** Results after which a letter is open, though it was meant to be closed. */
const STILL_OPEN: readonly string[] = ['failedAgain', 'kept', 'reserved'];

/** The items until Ctrl-C, and then what comes until the letter at hand is done with. */
function untilClosed<T>(
  items: AsyncIterable<T>,
  { letters, shutdownTimeoutMs }: OpenedDeadLetters,
  io: CommandIo,
): AsyncIterable<T> {
  const end = (): Promise<void> => letters.close(monotonicNow() + shutdownTimeoutMs);
  return untilStopped(items, io.signal, end);
}

async function closeLetters(
  action: 'redrive' | 'discard',
  letters: AsyncIterable<Parameters<typeof outcomeAnswer>[0]>,
  counts: Record<string, number>,
  {
    opened,
    options: { dryRun, limit },
    io,
  }: {
    readonly opened: OpenedDeadLetters;
    readonly options: ClosingOptions;
    readonly io: CommandIo;
  },
): Promise<number> {
  const textOf = textOfPosition(opened);
  const progress = io.progress({ unit: 'letters', total: limit });
  let count = 0;
  try {
    for await (const one of letters) {
      await io.answers.write(outcomeAnswer(one, textOf));
      counts[one.result] = (counts[one.result] ?? 0) + 1;
      count++;
      progress.advance();
    }
  } finally {
    progress.end();
  }
  if (count === 0 && !io.signal.aborted) io.logger.hint(NONE);
  await io.answers.write(sumAnswer(action, counts, dryRun));
  return STILL_OPEN.some((result) => counts[result]! > 0) || io.signal.aborted ? 1 : 0;
}

async function dataOf(
  letter: DeadLetter,
  values: CommandValues,
  { letters }: OpenedDeadLetters,
): Promise<LetterData | undefined> {
  if (values['data'] !== true) return undefined;
  try {
    return { data: await letters.data(letter) };
  } catch (error) {
    return { error, value: letter.record.value };
  }
}

function textOfPosition({ capabilities }: OpenedDeadLetters): (at: RecordPosition) => string {
  return positionText(capabilities);
}

async function warnOfUnknownType(type: string, io: CommandIo, host: CliHost): Promise<void> {
  const catalog = await host.catalog();
  if (catalog.get(type)) return;
  io.logger.warn(
    `No known event has the type ${shownName(type)}; the command continues.${eventTypeAdvice(catalog)(type)}`,
  );
}
