import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { Screen } from './screen.js';
import { columnsOf, type Style } from './style.js';

/** What a command has to say: an object for programs, and a text for people. */
export interface Answer {
  readonly json: unknown;
  /** One line or more, without the line feed at the end, for a terminal of so many columns. */
  text(style: Style, columns: number): string;
}

/** stdout was closed by its reader. */
export class OutputClosedError extends Error {
  override readonly name = 'OutputClosedError';
  constructor() {
    super('standard output was closed');
  }
}

/** Writes answers to standard output: as JSON lines, or as text for people. */
export class AnswerWriter {
  constructor(
    private readonly stdout: Writable,
    private readonly screen: Pick<Screen, 'clear'>,
    /** undefined: JSON lines. */
    private readonly style: Style | undefined,
  ) {}

  /** Whether people read them. */
  get forPeople(): boolean {
    return this.style !== undefined;
  }

  /** Resolves when there is room for more. Rejects with OutputClosedError. */
  async write(answer: Answer): Promise<void> {
    const { stdout, style } = this;
    if (stdout.destroyed || stdout.errored) throw new OutputClosedError();
    this.screen.clear();
    const text = style ? answer.text(style, columnsOf(stdout)) : JSON.stringify(answer.json);
    if (stdout.write(`${text}\n`)) return;
    await roomIn(stdout);
  }
}

/** Resolves when a stream takes more. Rejects with OutputClosedError. */
export async function roomIn(stdout: Writable): Promise<void> {
  const ended = new AbortController();
  try {
    await Promise.race([
      once(stdout, 'drain', { signal: ended.signal }),
      once(stdout, 'close', { signal: ended.signal }),
    ]);
  } catch {
    throw new OutputClosedError();
  } finally {
    ended.abort();
  }
  if (stdout.destroyed) throw new OutputClosedError();
}

const MOST_WAITING = 500;

/** Writes answers in the order in which they were asked for, while later ones are being worked on. */
export class OrderedAnswers {
  /** Answers that were errors. */
  errors = 0;
  private readonly waiting: Promise<void>[] = [];
  private last: Promise<void> = Promise.resolve();

  /** `told` is called for each answer when it is written. */
  constructor(
    private readonly answers: AnswerWriter,
    private readonly told: () => void = () => undefined,
  ) {}

  /** Resolves when there is room for another. `answer` must not reject. Rejects with OutputClosedError. */
  async add(answer: Promise<Answer>): Promise<void> {
    const written = Promise.all([answer, this.last]).then(([line]) => {
      if (isError(line.json)) this.errors++;
      this.told();
      return this.answers.write(line);
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
