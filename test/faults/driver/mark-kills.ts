import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { cli } from '../../support/cli.js';
import { buildLibrary, type BuiltLibrary } from './built-library.js';
import type { TransportPlan } from './fault-bus.interface.js';
import { NUMBERED_TYPE, numberedEvent } from './numbered-events.js';
import { ReportingProcess } from './reporting-process.js';

const PROGRAM = join(import.meta.dirname, '..', 'processes', 'idempotent.mjs');
const LIFE_MS = 120_000;

export interface MarkKillsPlan {
  /** Of each life, by its number. */
  readonly transport: (life: number) => TransportPlan;
  /** URL of the Redis that has the marks. */
  readonly redis: string;
  /** Settings of `produce-event`. */
  readonly env: Readonly<Record<string, string>>;
  /** Kills between the confirmation of a mark and the acknowledgement. */
  readonly kills: number;
  /** Kills between the effect and its mark, after the others. */
  readonly killsBeforeMark?: number;
  readonly makeTopic?: (topic: string) => Promise<void>;
}

export interface MarkKillsResult {
  readonly events: number;
  /** Events without an effect. */
  readonly without: readonly number[];
  /** Effects beyond the first of an event. */
  readonly again: readonly number[];
  readonly killed: number;
  /** Events that were redelivered and left out. At least one life ended behind a mark that was not acknowledged. */
  readonly skipped: number;
}

/**
 * Kills an application with SIGKILL just after the store has confirmed a mark, again and again, then perhaps just before one,
 * and lets the last one go on to its end.
 */
export async function markKills(plan: MarkKillsPlan): Promise<MarkKillsResult> {
  const library = await buildLibrary(join('.cache', `marks-${randomUUID()}`));
  try {
    return await new MarkKills(plan, library).run();
  } finally {
    await library.remove();
  }
}

class MarkKills {
  private readonly topic = `marks-${randomUUID()}`;
  private readonly events: number;
  private life = 0;

  constructor(
    private readonly plan: MarkKillsPlan,
    private readonly library: BuiltLibrary,
  ) {
    // Each life marks up to three events.
    this.events = 3 * (plan.kills + (plan.killsBeforeMark ?? 0)) + 10;
  }

  async run(): Promise<MarkKillsResult> {
    const { kills, killsBeforeMark = 0, makeTopic } = this.plan;
    await makeTopic?.(this.topic);
    await this.send();
    const effects: number[] = [];
    let [killed, skipped] = [0, 0];
    for (; killed < kills + killsBeforeMark; killed++) {
      const at = 1 + (killed % 3);
      const lines: string[] = [];
      const process = this.start(
        killed < kills ? { killAtMark: at } : { killBeforeMark: at },
        lines,
      );
      const code = await process.read(LIFE_MS);
      if (code !== null) throw new Error(`ended with ${code}:\n${process.complaints}`);
      effects.push(...effectsIn(lines));
      skipped += countsIn(lines)[1] ?? 0;
    }
    const lines: string[] = [];
    const last = this.start({}, lines);
    const had = new Set(effects);
    const isDone = (): boolean => {
      const all = new Set([...had, ...effectsIn(lines)]);
      const [, , inFlight = 1] = countsIn(lines);
      return all.size === this.events && inFlight === 0;
    };
    await last.reaches('an effect of every event', isDone, LIFE_MS);
    await last.end('SIGTERM');
    effects.push(...effectsIn(lines));
    skipped += countsIn(lines)[1] ?? 0;
    return {
      events: this.events,
      without: Array.from({ length: this.events }, (_, n) => n).filter((n) => !effects.includes(n)),
      again: effects.filter((n, i) => effects.indexOf(n) !== i),
      ...{ killed, skipped },
    };
  }

  private start(config: Readonly<Record<string, unknown>>, lines: string[]): ReportingProcess {
    const { topic, plan } = this;
    const transport = plan.transport(this.life++);
    const place = { lib: this.library.address, type: NUMBERED_TYPE, topic, group: 'g' };
    const args = [PROGRAM, JSON.stringify({ ...place, transport, redis: plan.redis, ...config })];
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

function effectsIn(lines: readonly string[]): number[] {
  return lines.filter((line) => line.startsWith('effect ')).map((line) => Number(line.slice(7)));
}

function countsIn(lines: readonly string[]): number[] {
  const line = lines.findLast((one) => one.startsWith('counts ')) ?? '';
  return line.split(' ').slice(1).map(Number);
}
