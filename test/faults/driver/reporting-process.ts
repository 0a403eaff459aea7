import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { exited, hasExited, spawnTied } from '../../services/child-process.js';
import { until } from '../../services/until.js';
import type { ProgramPlan } from './fault-bus.interface.js';

const START_MS = 60_000;
const READ_OUT_MS = 10_000;

/** A process that reports by lines, each of which is read, also what it wrote before it was killed. */
export class ReportingProcess {
  private said = '';
  private readonly child: ChildProcess;
  private readonly closed: Promise<unknown>;

  constructor(
    { program, args }: ProgramPlan,
    onLine: (line: string) => void,
    onComplaint: (text: string) => void = () => undefined,
  ) {
    this.child = spawnTied(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    // It may end before it has read what it was told.
    this.child.stdin?.on('error', () => undefined);
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.said = (this.said + text).slice(-8_000);
      onComplaint(text);
    });
    const lines = createInterface({ input: this.child.stdout! }).on('line', onLine);
    this.closed = once(lines, 'close');
  }

  get ended(): boolean {
    return hasExited(this.child);
  }

  /** The end of what it said on standard error. */
  get complaints(): string {
    return this.said;
  }

  /** Resolves when `holds`; rejects when the process ends before, or is too slow. */
  async reaches(what: string, holds: () => boolean, ms = START_MS): Promise<void> {
    await until(what, () => holds() || this.ended, ms);
    if (!holds()) throw new Error(`ended before ${what}:\n${this.said}`);
  }

  /** Gives it a line to read. */
  tell(line: string): void {
    if (!this.ended) this.child.stdin?.write(`${line}\n`);
  }

  signal(signal: NodeJS.Signals): void {
    if (!this.ended) this.child.kill(signal);
  }

  /** Resolves with the exit code (null: by the signal) when it has ended and every line is read. */
  async end(signal: NodeJS.Signals, ms = 30_000): Promise<number | null> {
    this.signal(signal);
    return this.read(ms);
  }

  /** As `end`, of a process that ends by itself. */
  async read(ms: number): Promise<number | null> {
    const code = await exited(this.child, ms);
    await Promise.race([this.closed, sleepUnref(READ_OUT_MS)]);
    return code;
  }
}

function sleepUnref(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
