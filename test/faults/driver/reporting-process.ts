import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { exited, hasExited, spawnTied } from '../../services/child-process.js';
import { until } from '../../services/until.js';
import type { ProgramPlan } from './fault-bus.interface.js';
import { CONTENT_KEY } from './numbered-events.js';

const START_MS = 60_000;
const READ_OUT_MS = 10_000;

/** The data of an event as text, and as bytes in hexadecimal and base64. */
const PAYLOAD = [
  CONTENT_KEY,
  Buffer.from(CONTENT_KEY).toString('hex'),
  // Without the characters that depend on what is before and after it.
  ...[0, 1, 2].map((at) => Buffer.from(CONTENT_KEY.slice(at)).toString('base64').slice(0, 36)),
];

/**
 * A process that reports by lines, each of which is read, also what it wrote before it was killed. Waiting for it rejects if it
 * wrote data of events anywhere: its log must not show them.
 */
export class ReportingProcess {
  private said = '';
  private shown: string | undefined;
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
      this.said += text;
      this.look(this.said);
      this.said = this.said.slice(-8_000);
      onComplaint(text);
    });
    const lines = createInterface({ input: this.child.stdout! }).on('line', (line) => {
      this.look(line);
      onLine(line);
    });
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
    this.checkLog();
  }

  private look(text: string): void {
    const at = Math.max(...PAYLOAD.map((one) => text.indexOf(one)));
    if (at >= 0) this.shown ??= text.slice(Math.max(0, at - 300), at + 100);
  }

  private checkLog(): void {
    if (this.shown !== undefined) throw new Error(`it wrote data of an event:\n${this.shown}`);
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
    this.checkLog();
    return code;
  }
}

function sleepUnref(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
