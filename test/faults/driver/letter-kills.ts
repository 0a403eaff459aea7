import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { cli } from '../../support/cli.js';
import { buildLibrary, type BuiltLibrary } from './built-library.js';
import type { TransportPlan } from './fault-bus.interface.js';
import { NUMBERED_TYPE, numberedEvent } from './numbered-events.js';
import { ReportingProcess } from './reporting-process.js';

const PROGRAM = join(import.meta.dirname, '..', 'processes', 'dead-letters.mjs');
const LIFE_MS = 120_000;

export interface LetterKillsPlan {
  readonly transport: TransportPlan;
  /** Settings of `produce-event`. */
  readonly env: Readonly<Record<string, string>>;
  /** Kills between the letter and the settling, and again in the middle of redrives. */
  readonly kills: number;
  readonly makeTopic?: (topic: string) => Promise<void>;
  /** How long a letter stays reserved for a process that died. */
  readonly patienceMs: number;
}

export interface LetterKillsResult {
  readonly events: number;
  /** Events without an outcome after all kills: neither handled nor an open letter. */
  readonly without: readonly number[];
  /** Events that were handled and are an open letter. */
  readonly both: readonly number[];
  /** Letters of which a list shows two. */
  readonly doubled: readonly number[];
  readonly letters: number;
  /** Events that no redrive handled. */
  readonly unhandled: readonly number[];
  /** Calls of handlers by redrives beyond the first of each letter. */
  readonly again: number;
  /** Letters that are open at the end. */
  readonly open: number;
  readonly killed: { readonly consuming: number; readonly redriving: number };
}

/**
 * Kills an application with SIGKILL just after the broker has a letter, then one that redrives, just before and just after
 * the broker has a closing, and lets the last of each go on to its end. Every third event fails until the redrives.
 */
export async function letterKills(plan: LetterKillsPlan): Promise<LetterKillsResult> {
  const library = await buildLibrary(join('.cache', `letters-${randomUUID()}`));
  try {
    return await new LetterKills(plan, library).run();
  } finally {
    await library.remove();
  }
}

class LetterKills {
  private readonly topic = `letters-${randomUUID()}`;
  private readonly events: number;

  constructor(
    private readonly plan: LetterKillsPlan,
    private readonly library: BuiltLibrary,
  ) {
    // Each life leaves a letter or two behind, and there must be some for the next.
    this.events = 3 * (4 * plan.kills + 10);
  }

  async run(): Promise<LetterKillsResult> {
    await this.plan.makeTopic?.(this.topic);
    await this.send();
    const consumed = await this.consume();
    const listed = numbersOf('letter', await this.life({ lists: true }));
    const redriven = await this.redrive();
    const all = Array.from({ length: this.events }, (_, n) => n);
    const failing = all.filter((n) => n % 3 === 0);
    const letters = new Set(listed);
    const handledLater = numbersOf('handled', redriven.lines);
    return {
      events: this.events,
      without: all.filter((n) => !consumed.handled.has(n) && !letters.has(n)),
      both: all.filter((n) => consumed.handled.has(n) && letters.has(n)),
      doubled: listed.filter((n, i) => listed.indexOf(n) !== i),
      letters: listed.length,
      unhandled: failing.filter((n) => !handledLater.includes(n)),
      again: handledLater.length - new Set(handledLater).size,
      open: numbersOf('letter', await this.life({ lists: true })).length,
      killed: { consuming: consumed.killed, redriving: redriven.killed },
    };
  }

  private async consume(): Promise<{ handled: Set<number>; killed: number }> {
    const handled = new Set<number>();
    let killed = 0;
    for (; killed < this.plan.kills; killed++) {
      // The first letter of a life may be that of the record at which the life before ended.
      const lines = await this.life({ killAtLetter: 2 + (killed % 2) });
      for (const n of numbersOf('handled', lines)) handled.add(n);
    }
    const lines: string[] = [];
    const last = this.start({}, lines);
    const failed = Math.ceil(this.events / 3);
    const isDone = (): boolean => {
      for (const n of numbersOf('handled', lines)) handled.add(n);
      const [, kept = 0, inFlight = 1] = countsIn(lines);
      return handled.size === this.events - failed && kept > 0 && inFlight === 0;
    };
    await last.reaches('an outcome for every event', isDone, LIFE_MS);
    await last.end('SIGTERM');
    return { handled, killed };
  }

  private async redrive(): Promise<{ lines: string[]; killed: number }> {
    const lines: string[] = [];
    let killed = 0;
    const giveUpAt = Date.now() + LIFE_MS + this.plan.kills * 2 * this.plan.patienceMs;
    while (Date.now() < giveUpAt) {
      const kill = killed % 2 === 0 ? { killAtClosing: 2 } : { killBeforeClosing: 2 };
      const life = await this.life({
        ...{ redrives: true, cured: true },
        ...(killed < this.plan.kills && kill),
      });
      lines.push(...life);
      if (!life.includes('closed')) killed++;
      else if (!life.some((line) => line.endsWith(' reserved'))) break;
    }
    return { lines, killed };
  }

  /** What an application said from its start to its end. */
  private async life(config: Readonly<Record<string, unknown>>): Promise<string[]> {
    const lines: string[] = [];
    const process = this.start(config, lines);
    const code = await process.read(LIFE_MS);
    if (code !== null && code !== 0)
      throw new Error(`ended with ${code}:\n${lines.slice(-20).join('\n')}\n${process.complaints}`);
    return lines;
  }

  private start(config: Readonly<Record<string, unknown>>, lines: string[]): ReportingProcess {
    const { topic } = this;
    const { transport } = this.plan;
    const place = { lib: this.library.address, type: NUMBERED_TYPE, topic, group: 'g', transport };
    const args = [PROGRAM, JSON.stringify({ ...place, ...config })];
    return new ReportingProcess({ program: process.execPath, args }, (line) => lines.push(line));
  }

  private async send(): Promise<void> {
    const stdin = Array.from({ length: this.events }, (_, n) => numberedEvent(n)).join('\n');
    const { code, log } = await cli(
      ['produce-event', '--type', NUMBERED_TYPE, '--topic', this.topic, '--data', '-'],
      { stdin, env: this.plan.env },
    );
    if (code !== 0) throw new Error(`produce-event ended with ${code}:\n${log}`);
  }
}

function numbersOf(word: string, lines: readonly string[]): number[] {
  return lines
    .filter((line) => line.startsWith(`${word} `))
    .map((line) => Number(line.split(' ')[1]));
}

function countsIn(lines: readonly string[]): number[] {
  const line = lines.findLast((one) => one.startsWith('counts ')) ?? '';
  return line.split(' ').slice(1).map(Number);
}
