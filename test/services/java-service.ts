import { closeSync, openSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { once } from 'node:events';
import { exited, hasExited } from './child-process.js';
import { javaTools, type RunningJava } from './java.js';

const START_LIMIT = 180_000;
const STOP_LIMIT = 60_000;

export interface JavaServiceOptions {
  /** For errors. */
  readonly name: string;
  readonly args: readonly string[];
  /** Where it runs and writes. */
  readonly folder: string;
  readonly logFile: string;
  /** Whether it serves. Asked ten times a second. */
  readonly serves: () => Promise<boolean>;
}

/** A server written in Java that a test may end and start again. */
export class JavaService {
  private running: RunningJava | undefined;

  constructor(private readonly options: JavaServiceOptions) {}

  /** Resolves when it serves, at most 180 s later; rejects, with the end of its log, when it ends or is too slow. */
  async start(): Promise<void> {
    const { name, args, folder, logFile, serves } = this.options;
    const { start } = await javaTools();
    const log = openSync(logFile, 'a');
    const running = start(args, folder, { stdio: ['ignore', log, log] });
    closeSync(log);
    this.running = running;
    let failure: string | undefined;
    running.child.once('error', (error) => (failure = `could not be run: ${error.message}`));
    running.child.once('exit', (code, signal) => (failure = `ended with ${code ?? signal}`));
    const deadline = Date.now() + START_LIMIT;
    while (!failure && !(await serves())) {
      if (Date.now() > deadline) failure = `did not serve after ${START_LIMIT} ms`;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    if (failure === undefined) return;
    await this.kill();
    throw new Error(`${name} ${failure}:\n${complaintsOf(readFileSync(logFile, 'utf8'))}`);
  }

  /** Sends a signal; resolves when the process has ended (at once for SIGSTOP and SIGCONT). Idempotent. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (!this.running || hasExited(this.running.child)) return;
    if (this.running.child.pid === undefined) return;
    await this.running.signal(signal);
    if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') await exited(this.running.child, STOP_LIMIT);
  }

  /** Starts it again, with the same data and ports, after ending it if it lives. */
  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }
}

/** Whether something accepts connections there. */
export async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(2_000) });
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** The first errors of a log, and its end. */
function complaintsOf(log: string): string {
  const errors = log.split('\n').filter((line) => /\b(ERROR|FATAL)\b|Exception/.test(line));
  return [...errors.slice(0, 10), '…', log.slice(-1_500)].join('\n');
}
