import type { SettableClock } from '../../services/settable-clock.js';
import { until } from '../../services/until.js';
import type { ProgramPlan } from './fault-bus.interface.js';
import { type NumberedPlace, NumberedTopic } from './numbered-application.js';
import { ReportingProcess } from './reporting-process.js';

const PROGRAM = 'later-retries.mjs';
const START_MS = 60_000;
const LIFE_MS = 120_000;

export interface LaterRetryPlan {
  readonly events: number;
  /** The later retries, in ms. */
  readonly delays: readonly [number, ...number[]];
  /** How long all may take to have their outcomes, after the last fault. */
  readonly patienceMs: number;
}

export interface LaterRetryResult {
  /** Events that were neither handled nor are an open letter. */
  readonly without: readonly number[];
  /** Events that fail each time, and were handled nevertheless, or are no letter. */
  readonly wrong: readonly number[];
  /** Letters of which the list shows two. */
  readonly doubled: readonly number[];
  /** Later retries before their time by the broker's stamps. */
  readonly early: readonly string[];
  /** Events that were handled by a later retry. */
  readonly handledLater: number;
  /** Members that were killed. */
  readonly killed: number;
}

/** What a run does with its members, once the events are on their topic. */
type Course = (run: LaterRetryRun) => Promise<void>;

interface MemberOptions {
  /** Of a release that knows no later retries. */
  readonly isOlder?: boolean;
  readonly killAtWaiting?: number;
  readonly killBeforeWaiting?: number;
  /** So far ahead, or behind, in seconds. */
  readonly clock?: { readonly is: SettableClock; readonly aheadS: number };
}

/** Sends events, lets the course have its way with members that leave records to wait, and counts the outcomes. */
export function laterRetryRun(
  place: NumberedPlace,
  plan: LaterRetryPlan,
  course: Course,
): Promise<LaterRetryResult> {
  return NumberedTopic.with(place, plan.events, async (numbered) => {
    const run = new LaterRetryRun(plan, numbered);
    try {
      await course(run);
      return await run.result();
    } finally {
      await run.end();
    }
  });
}

export class LaterRetryRun {
  readonly members: ReportingProcess[] = [];
  readonly handled = new Set<number>();
  private readonly numbers = new Map<string, number>();
  private readonly kept = new Set<number>();
  private readonly failedFirst = new Set<number>();
  private readonly early: string[] = [];
  private killed = 0;
  private made = 0;

  constructor(
    readonly plan: LaterRetryPlan,
    private readonly numbered: NumberedTopic,
  ) {}

  /** Starts a member; resolves at once. */
  join(
    options: MemberOptions = {},
    heard: (line: string) => void = () => undefined,
  ): ReportingProcess {
    const { clock, ...config } = options;
    const name = `member-${++this.made}`;
    const clockAheadMs = (clock?.aheadS ?? 0) * 1_000;
    const plain = this.planOf(name, { ...config, clockAheadMs });
    const member = new ReportingProcess(clock ? clock.is.startOf(plain) : plain, (line) => {
      heard(line);
      this.heard(line);
    });
    this.members.push(member);
    return member;
  }

  /** A member that is killed in the middle of a hand-over. */
  async dies(options: MemberOptions): Promise<void> {
    const lines: string[] = [];
    const member = this.join(options, (line) => lines.push(line));
    const code = await member.read(LIFE_MS).catch(() => 'no end');
    if (code !== null)
      throw new Error(`ended with ${code}:\n${lines.slice(-20).join('\n')}\n${member.complaints}`);
    this.forget(member);
    this.killed++;
  }

  async kill(member: ReportingProcess): Promise<void> {
    this.forget(member);
    if (member.ended) throw new Error(`a member ended by itself:\n${member.complaints}`);
    await member.end('SIGKILL');
    this.killed++;
  }

  async leave(member: ReportingProcess): Promise<void> {
    this.forget(member);
    await member.end('SIGTERM', START_MS);
  }

  /** Events of which a handler has failed and that have no outcome yet. */
  get waiting(): number {
    return [...this.failedFirst].filter((n) => !this.handled.has(n) && !this.kept.has(n)).length;
  }

  get isDone(): boolean {
    return (
      this.handled.size + [...this.kept].filter((n) => !this.handled.has(n)).length >=
      this.plan.events
    );
  }

  async result(): Promise<LaterRetryResult> {
    await until('an outcome for every event', () => this.isDone, this.plan.patienceMs).catch(
      () => undefined,
    );
    for (const member of [...this.members]) await this.leave(member);
    const letters = await this.letters();
    const open = new Set(letters);
    return {
      without: this.numbered.all.filter((n) => !this.handled.has(n) && !open.has(n)),
      wrong: this.numbered.all.filter((n) => n % 3 === 0 && (this.handled.has(n) || !open.has(n))),
      doubled: letters.filter((n, i) => letters.indexOf(n) !== i),
      early: this.early,
      handledLater: [...this.handled].filter((n) => n % 3 === 1).length,
      killed: this.killed,
    };
  }

  async end(): Promise<void> {
    for (const member of [...this.members]) if (!member.ended) await member.end('SIGKILL');
  }

  private async letters(): Promise<number[]> {
    const found: number[] = [];
    const lister = new ReportingProcess(this.planOf('lister', { lists: true }), (line) => {
      const [word, number] = line.split(' ');
      if (word === 'letter') found.push(Number(number));
    });
    const code = await lister.read(START_MS);
    if (code !== 0) throw new Error(`the list ended with ${code}:\n${lister.complaints}`);
    return found;
  }

  private planOf(name: string, config: Readonly<Record<string, unknown>>): ProgramPlan {
    return this.numbered.planOf(PROGRAM, name, { delays: this.plan.delays, ...config });
  }

  private heard(line: string): void {
    const [word, first, , id] = line.split(' ') as [string, ...string[]];
    if (word === 'handled') this.handled.add(Number(first));
    else if (word === 'early') this.early.push(line);
    else if (word === 'failed') {
      this.failedFirst.add(Number(first));
      this.numbers.set(id!, Number(first));
    } else if (word === 'kept' && this.numbers.has(first!))
      this.kept.add(this.numbers.get(first!)!);
  }

  private forget(member: ReportingProcess): void {
    this.members.splice(this.members.indexOf(member), 1);
  }
}

/** Kills that many members, each just after, or just before, the broker has a record that is to wait. */
export const killedInHandOvers =
  (kills: number): Course =>
  async (run) => {
    for (let n = 0; n < kills; n++)
      await run.dies(
        n % 2 === 0 ? { killAtWaiting: 1 + (n % 3) } : { killBeforeWaiting: 1 + (n % 3) },
      );
    run.join();
  };

/** Members that are killed, leave and join, every third of an older release, while records wait. */
export const churn =
  (rounds: number, everyMs: number): Course =>
  async (run) => {
    run.join();
    const first = run.members[0]!;
    await until('records that wait', () => run.waiting > 0 || first.ended, START_MS);
    run.join();
    run.join();
    for (let round = 0; round < rounds; round++) {
      await new Promise((resolve) => setTimeout(resolve, everyMs));
      const oldest = run.members[0]!;
      if (round % 3 === 2) await run.leave(oldest);
      else await run.kill(oldest);
      run.join({ isOlder: round % 3 === 1 });
    }
    run.join();
  };

/** An older release beside a newer one, and after it: what waits is handled by the newer one that comes back. */
export const rollingUpdate: Course = async (run) => {
  const newer = run.join();
  await until('records that wait', () => run.waiting > 5 || newer.ended, START_MS);
  await run.leave(newer);
  const older = run.join({ isOlder: true });
  await until(
    'the rest to be handled by the older release',
    () => run.handled.size >= run.plan.events / 3 || older.ended,
    START_MS,
  );
  const again = run.join();
  await until('the newer release', () => run.waiting === 0 || again.ended, run.plan.patienceMs);
};

/** A member whose clock is an hour ahead finds records that wait, and has written none itself. */
export const wrongClockAtStart =
  (clock: (seconds: number) => Promise<SettableClock>): Course =>
  async (run) => {
    const first = run.join();
    const handOvers = (run.plan.events * 2) / 3;
    await until('records that wait', () => run.waiting >= handOvers || first.ended, START_MS);
    await run.leave(first);
    run.join({ clock: { is: await clock(3_600), aheadS: 3_600 } });
    await until('an outcome for every event', () => run.isDone, run.plan.patienceMs);
  };

/** Members whose clocks are wrong by an hour, ahead and behind. */
export const wrongClocks =
  (clock: (seconds: number) => Promise<SettableClock>): Course =>
  async (run) => {
    for (const aheadS of [3_600, -3_600]) run.join({ clock: { is: await clock(aheadS), aheadS } });
    await until('an outcome for every event', () => run.isDone, run.plan.patienceMs);
  };
