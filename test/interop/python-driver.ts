import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { exited, spawnTied } from '../services/child-process.js';
import {
  type OlderRelease,
  provisionPython,
  provisionTracedPython,
  type PythonCommand,
} from '../services/python.js';

/** A driver of `python/` in a process of its own: JSON lines in, JSON lines out. */
export class PythonDriver {
  /** Every line that the driver has printed. */
  readonly printed: unknown[] = [];
  private said = '';
  private ended = false;
  private wake: () => void = () => undefined;

  private constructor(private readonly child: ChildProcess) {
    child.stdin?.on('error', () => undefined);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.said = (this.said + text).slice(-3000);
    });
    createInterface({ input: child.stdout! })
      .on('line', (line) => {
        this.printed.push(JSON.parse(line));
        this.wake();
      })
      .once('close', () => {
        this.ended = true;
        this.wake();
      });
  }

  static start(script: string, ...args: string[]): Promise<PythonDriver> {
    return PythonDriver.startOf(undefined, script, ...args);
  }

  /** As `start`, with the packages of an older release. */
  static async startOf(
    release: OlderRelease | undefined,
    script: string,
    ...args: string[]
  ): Promise<PythonDriver> {
    return PythonDriver.run(await provisionPython(release), script, args);
  }

  /** As `start`, with the SDK of OpenTelemetry. */
  static async startTraced(script: string, ...args: string[]): Promise<PythonDriver> {
    return PythonDriver.run(await provisionTracedPython(), script, args);
  }

  private static run(python: PythonCommand, script: string, args: readonly string[]): PythonDriver {
    const file = join(import.meta.dirname, 'python', script);
    return new PythonDriver(
      spawnTied(python.program, [...python.args, '-B', file, ...args], {
        stdio: ['pipe', 'pipe', 'pipe'],
      }),
    );
  }

  write(lines: readonly unknown[]): void {
    this.child.stdin!.write(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  }

  /** Resolves with all lines printed so far once there are `count`; rejects when the driver ends before or `ms` pass. */
  async lines(count: number, ms = 60_000): Promise<readonly any[]> {
    const deadline = Date.now() + ms;
    while (this.printed.length < count) {
      const left = deadline - Date.now();
      if (this.ended || left <= 0) {
        throw new Error(
          `Python driver ${this.ended ? 'ended' : 'was too slow'} after ${this.printed.length} of ${count} lines:\n${this.said}`,
        );
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.printed;
  }

  /** Ends the driver's input; resolves with all that it printed once it has ended by itself. */
  async end(ms = 30_000): Promise<readonly any[]> {
    this.child.stdin!.end();
    const code = await exited(this.child, ms);
    if (code !== 0) throw new Error(`Python driver ended with ${code}:\n${this.said}`);
    while (!this.ended) await new Promise<void>((resolve) => (this.wake = resolve));
    return this.printed;
  }

  /** Ends the process whatever it does. Idempotent. */
  kill(): void {
    this.child.kill('SIGKILL');
  }
}
