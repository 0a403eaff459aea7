import type { ChildProcess } from 'node:child_process';
import { exited, hasExited, spawnTied } from '../services/child-process.js';
import { until } from '../services/until.js';

/** Programs start slowly on a busy machine, and one of ours waits for another. */
const PRINTING_MS = 90_000;

/** A program of an example that runs until it is stopped. */
export class ExampleProcess {
  private readonly child: ChildProcess;
  private printed = '';

  constructor(command: string, cwd: string, env: NodeJS.ProcessEnv) {
    // `exec`: signals reach the program itself.
    this.child = spawnTied('sh', ['-c', `exec ${command}`], { cwd, env, stdio: 'pipe' });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream!.setEncoding('utf8').on('data', (text: string) => (this.printed += text));
  }

  /** Resolves once it has printed lines that match, in this order; rejects, with what it printed, when it does not. */
  async prints(patterns: readonly RegExp[]): Promise<void> {
    const wanted = patterns.map(String).join('\n');
    try {
      await until(wanted, () => this.hasPrinted(patterns), PRINTING_MS);
    } catch (error) {
      const missing = String(firstMissing(this.printed, patterns));
      throw new Error(`not printed: ${missing}\nprinted:\n${this.printed}`, { cause: error });
    }
  }

  /** Ends it as Ctrl-C does; resolves with its exit code. */
  async interrupt(): Promise<number | null> {
    this.child.kill('SIGINT');
    return exited(this.child, 30_000);
  }

  private hasPrinted(patterns: readonly RegExp[]): boolean {
    if (firstMissing(this.printed, patterns) === undefined) return true;
    if (hasExited(this.child)) throw new Error('it has ended');
    return false;
  }
}

/** The first of the patterns that no line matches which comes after those that match the patterns before it. */
export function firstMissing(output: string, patterns: readonly RegExp[]): RegExp | undefined {
  let next = 0;
  for (const line of output.split('\n')) if (patterns[next]?.test(line)) next++;
  return patterns[next];
}
