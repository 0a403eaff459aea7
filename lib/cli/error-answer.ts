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
} from '../errors/index.js';
import { UsageError } from './command.js';
import { parseTagged } from '../codec/tagged-json.js';
import { type CliIo, inputLines, writeLine } from './cli-io.js';
import type { Writable } from 'node:stream';

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
 * Answers each line of standard input with one line, in order; what fails with an error line. Rejects
 * with ServiceUnavailableError when a service that must be asked gives no answer.
 */
export async function answerLines(io: CliIo, answer: (line: Line) => unknown): Promise<number> {
  for await (const text of inputLines(io)) await writeLine(io.stdout, await answerTo(text, answer));
  return 0;
}

async function answerTo(
  text: string | undefined,
  answer: (line: Line) => unknown,
): Promise<unknown> {
  let line: Line = {};
  try {
    line = parsedLine(text);
    return await answer(line);
  } catch (error) {
    if (error instanceof ServiceUnavailableError) throw error;
    const eventType = line['event_type'];
    return errorAnswer(error, typeof eventType === 'string' ? { eventType } : {});
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
  if (typeof value !== 'string') throw new UsageError(`${name} is missing or is not a text`);
  return value;
}

const MOST_WAITING = 500;

/** Writes answers in the order in which they were asked for, while later ones are being worked on. */
export class OrderedAnswers {
  /** Answers that were errors. */
  errors = 0;
  private readonly waiting: Promise<void>[] = [];
  private last: Promise<void> = Promise.resolve();

  constructor(private readonly stdout: Writable) {}

  /** Resolves when there is room for another. `answer` must not reject. Rejects with OutputClosedError. */
  async add(answer: Promise<unknown>): Promise<void> {
    const written = Promise.all([answer, this.last]).then(([line]) => {
      if (isError(line)) this.errors++;
      return writeLine(this.stdout, line);
    });
    written.catch(() => undefined);
    this.last = written;
    this.waiting.push(written);
    if (this.waiting.length >= MOST_WAITING) await this.waiting.shift();
  }

  /** Resolves when all are written. Rejects with OutputClosedError. */
  end(): Promise<void> {
    return this.last;
  }
}

function isError(line: unknown): boolean {
  return typeof line === 'object' && line !== null && 'error' in line;
}
