import type { Readable, Writable } from 'node:stream';
import type { LoggerService } from '@nestjs/common';
import { messageOf } from '../errors/foreign-error.js';
import type { EventBusLogger } from '../transport/wire-format.interface.js';
import { AnswerWriter } from './output/answers.js';
import { Progress, type ProgressOptions } from './output/progress.js';
import { Screen } from './output/screen.js';
import { isTerminal, styleFor } from './output/style.js';

/** What a command may touch of the process. */
export interface CliIo {
  readonly stdin: Readable;
  /** Answers: text for people where it is a terminal, else JSON lines. */
  readonly stdout: Writable;
  /** Log lines. */
  readonly stderr: Writable;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Fires when the command should come to its end, cleanly. */
  readonly signal: AbortSignal;
}

/** The process as a command uses it: what it says goes through `answers`, `logger` and `progress`. */
export interface CommandIo extends CliIo {
  readonly answers: AnswerWriter;
  readonly logger: StderrLogger;
  /** Shown on standard error where that is a terminal, until its end. */
  progress(options: ProgressOptions): Progress;
}

/** How the answers are to look. Default: text for people on a terminal, else JSON lines. */
export interface OutputChoice {
  readonly json?: boolean;
  readonly colours?: boolean;
}

export function commandIo(
  io: CliIo,
  { json = false, colours = true }: OutputChoice = {},
): CommandIo {
  const screen = new Screen(io.stderr);
  const forPeople = !json && isTerminal(io.stdout);
  const style = forPeople ? styleFor(io.stdout, io.env, colours) : undefined;
  return {
    ...io,
    stderr: screen.stderr,
    answers: new AnswerWriter(io.stdout, screen, style),
    logger: new StderrLogger(screen.stderr, forPeople && screen.isTerminal),
    progress: (options) => new Progress(screen, options),
  };
}

const LINE_FEED = 0x0a;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The text of UTF-8 bytes as editors write them: without the byte order mark; undefined when they are not UTF-8. */
export function utf8TextOf(bytes: Buffer): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * The lines of standard input, one by one; undefined for a line that is not UTF-8. Only a line feed
 * (and a carriage return before it) ends a line: JSON texts may hold the other line breaks. Ends
 * early when the signal fires.
 */
export async function* inputLines({
  stdin,
  signal,
}: Pick<CliIo, 'stdin' | 'signal'>): AsyncGenerator<string | undefined> {
  const stop = () => stdin.destroy();
  signal.addEventListener('abort', stop, { once: true });
  let parts: Buffer[] = [];
  try {
    if (signal.aborted) return;
    for await (const chunk of stdin) {
      let rest = Buffer.from(chunk as Uint8Array | string);
      for (let end = rest.indexOf(LINE_FEED); end >= 0; end = rest.indexOf(LINE_FEED)) {
        yield lineText([...parts, rest.subarray(0, end)]);
        parts = [];
        rest = rest.subarray(end + 1);
      }
      if (rest.length) parts.push(rest);
    }
    if (parts.length) yield lineText(parts);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function lineText(parts: readonly Buffer[]): string | undefined {
  return utf8TextOf(Buffer.concat(parts))?.replace(/\r$/, '');
}

/** The command was told to stop before its work was done. */
export class StoppedError extends Error {
  override readonly name = 'StoppedError';
  constructor(why: string) {
    super(`Stopped before the end: ${why}`);
  }
}

/** The process, until `release` is called. */
export interface ProcessIo extends CliIo {
  /** Signals do again what they did before. */
  release(): void;
}

/** Standard output takes no more, and not because its reader had enough: answers are missing. */
export class OutputFailedError extends Error {
  override readonly name = 'OutputFailedError';
  constructor(cause: Error) {
    super(`Standard output cannot be written, so answers are missing: ${messageOf(cause)}`, {
      cause,
    });
  }
}

/** Why answers are missing; undefined where none is, or the reader closed standard output. */
export async function outputFailure({
  signal,
}: Pick<CliIo, 'signal'>): Promise<OutputFailedError | undefined> {
  // A stream tells of a failed write only after the turn of the loop that wrote.
  await new Promise((resolve) => setImmediate(resolve));
  return signal.reason instanceof OutputFailedError ? signal.reason : undefined;
}

const isClosedByReader = (error: NodeJS.ErrnoException): boolean => error.code === 'EPIPE';

/**
 * The streams and signals of this process. The first SIGINT or SIGTERM, or a standard output that takes no more,
 * fires `signal`; a second signal ends the process as if there was no handler. Log lines that standard error does not
 * take are lost, and end nothing.
 */
export function processIo(): ProcessIo {
  const { stdin, stdout, stderr, env } = process;
  const end = new AbortController();
  const stop = (signal: string): void => {
    if (isTerminal(stderr))
      stderr.write(
        '\nStopping: waiting for the work in flight. Press Ctrl-C again to end at once.\n',
      );
    end.abort(new StoppedError(`received ${signal}`));
  };
  const closed = (error: Error): void =>
    end.abort(
      isClosedByReader(error)
        ? new StoppedError('the program that reads the output closed the pipe')
        : new OutputFailedError(error),
    );
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.once(signal, stop);
  stdout.on('error', closed);
  stderr.on('error', () => undefined);
  return {
    ...{ stdin, stdout, stderr, env, signal: end.signal },
    release() {
      for (const signal of signals) process.off(signal, stop);
    },
  };
}

/**
 * Log lines on standard error, so that standard output has answers only. Nest's logger too. For people who see the
 * answers in the same terminal what is only information (the audit log, Nest's start) is left out.
 */
export class StderrLogger implements EventBusLogger, LoggerService {
  /** Lines are text. */
  readonly takesFields = false;

  constructor(
    private readonly stderr: Writable,
    private readonly forPeople = false,
  ) {}

  log(message: unknown, ...about: unknown[]): void {
    if (!this.forPeople) this.write('INFO', message, about);
  }

  /** Information that people need. */
  hint(message: string): void {
    if (this.forPeople) this.stderr.write(`${message}\n`);
    else this.write('INFO', message, []);
  }

  warn(message: unknown, ...about: unknown[]): void {
    this.write('WARNING', message, about);
  }

  error(message: unknown, ...about: unknown[]): void {
    this.write('ERROR', message, about);
  }

  fatal(message: unknown, ...about: unknown[]): void {
    this.write('FATAL', message, about);
  }

  debug(): void {
    // The Python commands do not show it either.
  }

  /** Nest gives the context, and before it a stack, behind the message. */
  private write(level: string, message: unknown, about: readonly unknown[]): void {
    const texts = about.filter((part) => typeof part === 'string');
    const context = texts.at(-1);
    const place = context === undefined ? '' : ` [${context}]`;
    const stack = texts.slice(0, -1).map((text) => `\n${text}`);
    const said = typeof message === 'string' ? message : String(message);
    const time = new Date().toISOString();
    this.stderr.write(`${time} ${level}${place} ${said}${stack.join('')}\n`);
  }
}
