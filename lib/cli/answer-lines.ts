import { parseTagged } from '../codec/tagged-json.js';
import { ServiceFaultError } from '../errors/index.js';
import { type CliIo, inputLines, writeLine } from './cli-io.js';
import { errorAnswer } from './error-answer.js';
import { UsageError } from './usage-error.js';

export type Line = Readonly<Record<string, unknown>>;

/**
 * Answers each line of standard input with one line, in order; what fails with an error line. Rejects
 * with ServiceFaultError when a service that must be asked gives no answer.
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
    if (error instanceof ServiceFaultError) throw error;
    const eventType = line['event_type'];
    return errorAnswer(error, typeof eventType === 'string' ? { eventType } : {});
  }
}

/** A line as an object, tags resolved. Throws InvalidEventDataError or UsageError. */
export function parsedLine(text: string | undefined): Line {
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
