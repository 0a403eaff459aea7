import { execFile } from 'node:child_process';
import { findInterpreter } from './python-interpreter.js';

/** When `wait` was printed, `send` is typed. */
export interface TerminalStep {
  readonly wait: string;
  readonly send: string;
}

export interface TerminalRunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly columns?: number;
  readonly steps?: readonly TerminalStep[];
  /** Standard output is a pipe; standard input and error stay the terminal. */
  readonly piped?: boolean;
}

export interface TerminalRun {
  /** What the terminal was given, with its escape sequences. */
  readonly output: string;
  /** What the pipe was given. */
  readonly stdout: string;
  /** Negative: the number of the signal that ended it. */
  readonly code: number;
  /** The text of the first step that never came. */
  readonly missing: string | null;
}

export const CTRL_C = '\x03';
export const CTRL_D = '\x04';

/** What a line of progress leaves behind. */
// eslint-disable-next-line no-control-regex -- escape sequences of a terminal are what is looked for
const CLEARED = /\r\x1b\[K(?:[^\r\n]*(?=\r\x1b\[K))?/g;

const SCRIPT = new URL('terminal.py', import.meta.url).pathname;
const TIMEOUT_S = 220;

/** Runs a command in a pseudo-terminal, by Python's module `pty`. */
export async function inTerminal(
  argv: readonly string[],
  { env = {}, columns = 100, steps = [], piped = false }: TerminalRunOptions = {},
): Promise<TerminalRun> {
  const input = {
    ...{ argv, columns, steps, piped, timeout: TIMEOUT_S },
    env: Object.fromEntries(
      Object.entries({
        ...process.env,
        NO_COLOR: undefined,
        TERM: 'xterm-256color',
        ...env,
      }).filter(([, value]) => value !== undefined),
    ),
  };
  const python = await findInterpreter();
  return new Promise((resolve, reject) => {
    const child = execFile(python, [SCRIPT], { maxBuffer: 2 ** 26 }, (error, stdout) => {
      if (error) reject(new Error('The terminal could not be made', { cause: error }));
      else resolve(JSON.parse(stdout) as TerminalRun);
    });
    child.stdin!.end(JSON.stringify(input));
  });
}

/** The text of terminal output, without colours, without lines that were cleared again, and with plain line ends. */
export function plainText(output: string): string {
  const left = output.replace(CLEARED, '');
  // eslint-disable-next-line no-control-regex -- the escape sequences of a terminal are what is taken out
  return left.replace(/\x1b\[[\d;]*[A-Za-z]/g, '').replace(/\r\n/g, '\n');
}
