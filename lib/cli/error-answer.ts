import { messageOf as textOf } from '../errors/foreign-error.js';
import {
  ConfigurationError,
  EventBusError,
  type EventBusErrorPlace,
  InvalidEventDataError,
  MissingPeerError,
  SendError,
  TooManyErrorsError,
  ServiceUnavailableError,
  UnknownEventError,
} from '../errors/index.js';
import { UsageError } from './command.js';
import { parseTagged } from '../codec/tagged-json.js';
import { type CommandIo, inputLines } from './cli-io.js';
import type { Answer } from './output/answers.js';
import { isTerminal } from './output/style.js';
import { outsideText } from '../errors/outside-text.js';

export interface ErrorAnswer {
  readonly error: Readonly<Record<string, unknown>>;
}

/** The answer line for something that failed: code, message, places and ids. */
export function errorAnswer(
  error: unknown,
  place: EventBusErrorPlace & { position?: string } = {},
) {
  const { code, message } = codeAndMessage(error);
  const known = error instanceof EventBusError ? error : undefined;
  const answer: Record<string, unknown> = { code, message };
  const add = (name: string, value: unknown): void => {
    if (value !== undefined) answer[name] = value;
  };
  add('event_type', known?.eventType ?? place.eventType);
  add('topic', place.topic ?? known?.topic);
  add('id', known?.eventId ?? place.eventId);
  add('position', place.position);
  if (error instanceof InvalidEventDataError) add('problems', error.problems);
  if (error instanceof SendError)
    add(
      'outcomes',
      error.outcomes.map(({ topic, status, error: of }) => ({
        topic,
        status,
        message: of && textOf(of),
      })),
    );
  return { error: answer } satisfies ErrorAnswer;
}

/** As `errorAnswer`, with a text for people. `more` is said after the message. */
export function failed(
  error: unknown,
  place: EventBusErrorPlace & { position?: string } = {},
  more = '',
): Answer {
  const json = errorAnswer(error, place);
  const said = `${String(json.error['message'])}${more && `.${more}`}`;
  if (more) json.error['message'] = said;
  const { code, position, event_type: type, id } = json.error;
  return {
    json,
    text: (style) =>
      [
        style.red('error'),
        ...[position, type].filter((part) => part !== undefined).map((part) => shown(part)),
        ...(id === undefined ? [] : [style.dim(shown(id))]),
        `${style.bold(shown(code))}: ${outsideText(said, LONGEST)}`,
      ].join('  '),
  };
}

const LONGEST = 2_000;
const shown = (part: unknown): string => outsideText(String(part));

/** 2: usage or configuration, 3: too many errors, 1: anything else that ended a command. */
export function exitCodeOf(error: unknown): number {
  if (
    error instanceof UsageError ||
    error instanceof ConfigurationError ||
    error instanceof MissingPeerError
  )
    return 2;
  return error instanceof TooManyErrorsError ? 3 : 1;
}

export function messageOf(error: unknown): string {
  return codeAndMessage(error).message;
}

function codeAndMessage(error: unknown): { code: string; message: string } {
  if (error instanceof EventBusError) return { code: error.code, message: error.message };
  if (error instanceof UsageError) return { code: 'USAGE', message: error.message };
  return { code: 'UNEXPECTED', message: textOf(error) };
}

export type Line = Readonly<Record<string, unknown>>;

/**
 * Answers each line of standard input with one answer, in order; what fails with an error, and for an event type
 * that is not known with the `advice`. Resolves to the exit code. Rejects with ServiceUnavailableError when a service that must be asked gives no answer.
 */
export async function answerLines(
  io: CommandIo,
  advice: (eventType: string) => string,
  answer: (line: Line) => Answer | Promise<Answer>,
): Promise<number> {
  if (isTerminal(io.stdin))
    io.logger.hint('Reading JSON lines from the terminal. End them with Ctrl-D.');
  const progress = io.progress({ unit: 'lines' });
  try {
    for await (const text of inputLines(io)) {
      await io.answers.write(await answerTo(text, advice, answer));
      progress.advance();
    }
  } finally {
    progress.end();
  }
  return io.signal.aborted ? 1 : 0;
}

async function answerTo(
  text: string | undefined,
  advice: (eventType: string) => string,
  answer: (line: Line) => Answer | Promise<Answer>,
): Promise<Answer> {
  let line: Line = {};
  try {
    line = parsedLine(text);
    return await answer(line);
  } catch (error) {
    if (error instanceof ServiceUnavailableError) throw error;
    const eventType = line['event_type'];
    if (typeof eventType !== 'string') return failed(error);
    return failed(
      error,
      { eventType },
      error instanceof UnknownEventError ? advice(eventType) : '',
    );
  }
}

/** A line as an object, tags resolved. Throws InvalidEventDataError or UsageError. */
function parsedLine(text: string | undefined): Line {
  if (text === undefined) throw new UsageError('the line is not UTF-8');
  const value = parseTagged(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new UsageError('the line is not a JSON object');
  return value as Line;
}

export function textMember(line: Line, name: string): string {
  const value = line[name];
  if (typeof value !== 'string') throw new UsageError(`${name} is missing or is not a string`);
  return value;
}
