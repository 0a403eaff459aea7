import type { Writable } from 'node:stream';
import { writeLine } from './cli-io.js';

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
