import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import type { LoggerService } from '@nestjs/common';
import type { EventBusLogger } from '../transport/wire-format.interface.js';

/** What a command may touch of the process. */
export interface CliIo {
  readonly stdin: Readable;
  /** Answers: JSON lines. */
  readonly stdout: Writable;
  /** Log lines. */
  readonly stderr: Writable;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Fires when the command should come to its end, cleanly. */
  readonly signal: AbortSignal;
}

/** stdout was closed by its reader. */
export class OutputClosedError extends Error {
  override readonly name = 'OutputClosedError';
  constructor() {
    super('standard output was closed');
  }
}

/** Writes one JSON line; resolves when there is room for more. Rejects with OutputClosedError. */
export async function writeLine(stdout: Writable, answer: unknown): Promise<void> {
  if (stdout.destroyed || stdout.errored) throw new OutputClosedError();
  if (stdout.write(`${JSON.stringify(answer)}\n`)) return;
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

/**
 * The streams and signals of this process. The first SIGINT or SIGTERM, or a closed standard output,
 * fires `signal`; a second signal ends the process as if there was no handler.
 */
export function processIo(): CliIo {
  const end = new AbortController();
  const stop = (): void => end.abort();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  process.stdout.on('error', stop);
  const { stdin, stdout, stderr, env } = process;
  return { stdin, stdout, stderr, env, signal: end.signal };
}

/** Log lines on standard error, so that standard output has answers only. Nest's logger too. */
export class StderrLogger implements EventBusLogger, LoggerService {
  constructor(private readonly stderr: Writable) {}

  log(message: unknown, ...about: unknown[]): void {
    this.write('INFO', message, about);
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
    // Python's commands do not show it either.
  }

  /** Nest gives the context, and before it a stack, behind the message. */
  private write(level: string, message: unknown, about: readonly unknown[]): void {
    const texts = about.filter((part) => typeof part === 'string');
    const context = texts.at(-1);
    const place = context === undefined ? '' : ` [${context}]`;
    const stack = texts.slice(0, -1).map((text) => `\n${text}`);
    const said = typeof message === 'string' ? message : String(message);
    this.stderr.write(`${new Date().toISOString()} ${level}${place} ${said}${stack.join('')}\n`);
  }
}
