import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { spawnTied } from '../../test/services/child-process.ts';

/** A contender in a process of its own: one JSON line asks it for a run, one answers. */
export class Contender {
  #child;
  #answers;

  constructor(name, program, args) {
    this.name = name;
    this.#child = spawnTied(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** Resolves with what the contender measured; rejects when it ended instead. */
  async ask(run) {
    this.#child.stdin.write(`${JSON.stringify(run)}\n`);
    const { value, done } = await this.#answers.next();
    if (done) throw new Error(`${this.name} ended without an answer`);
    return JSON.parse(value);
  }

  async end() {
    if (this.#child.exitCode !== null) return;
    this.#child.stdin.end();
    await once(this.#child, 'exit');
  }
}
