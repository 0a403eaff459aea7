import { countsIn, numbersOf, type NumberedPlace, NumberedTopic } from './numbered-application.js';
import { ReportingProcess } from './reporting-process.js';

const LIFE_MS = 120_000;

export interface MarkKillsPlan {
  /** URL of the Redis that has the marks. */
  readonly redis: string;
  /** Kills between the confirmation of a mark and the acknowledgement. */
  readonly kills: number;
  /** Kills between the effect and its mark, after the others. */
  readonly killsBeforeMark?: number;
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
export async function markKills(
  place: NumberedPlace,
  plan: MarkKillsPlan,
): Promise<MarkKillsResult> {
  // Each life marks up to three events.
  const events = 3 * (plan.kills + (plan.killsBeforeMark ?? 0)) + 10;
  return NumberedTopic.with(place, events, (numbered) => new MarkKills(numbered, plan).run());
}

class MarkKills {
  private life = 0;

  constructor(
    private readonly numbered: NumberedTopic,
    private readonly plan: MarkKillsPlan,
  ) {}

  async run(): Promise<MarkKillsResult> {
    const { numbered } = this;
    const { events } = numbered;
    const { kills, killsBeforeMark = 0 } = this.plan;
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
      effects.push(...numbersOf('effect', lines));
      skipped += countsIn(lines)[1] ?? 0;
    }
    const lines: string[] = [];
    const last = this.start({}, lines);
    const had = new Set(effects);
    const isDone = (): boolean => {
      const all = new Set([...had, ...numbersOf('effect', lines)]);
      const [, , inFlight = 1] = countsIn(lines);
      return all.size === events && inFlight === 0;
    };
    await last.reaches('an effect of every event', isDone, LIFE_MS);
    await last.end('SIGTERM');
    effects.push(...numbersOf('effect', lines));
    skipped += countsIn(lines)[1] ?? 0;
    return {
      events,
      without: numbered.all.filter((n) => !effects.includes(n)),
      again: effects.filter((n, i) => effects.indexOf(n) !== i),
      ...{ killed, skipped },
    };
  }

  private start(config: Readonly<Record<string, unknown>>, lines: string[]): ReportingProcess {
    const more = { redis: this.plan.redis, ...config };
    const plan = this.numbered.planOf('idempotent.mjs', `life-${this.life++}`, more);
    return new ReportingProcess(plan, (line) => lines.push(line));
  }
}
