import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { SettableClock } from '../../services/settable-clock.js';
import { until } from '../../services/until.js';
import { cli } from '../../support/cli.js';
import { buildLibrary, type BuiltLibrary } from './built-library.js';
import type { TransportPlan } from './fault-bus.interface.js';
import { NUMBERED_TYPE, numberedEvent } from './numbered-events.js';
import { ReportingProcess } from './reporting-process.js';

const PROGRAM = join(import.meta.dirname, '..', 'processes', 'later-retries.mjs');
const START_MS = 60_000;
const LIFE_MS = 120_000;

export interface LaterRetryPlan {
  /** Given the name of the member. */
  readonly transportOf: (member: string) => TransportPlan;
  /** Settings of `produce-event`. */
  readonly env: Readonly<Record<string, string>>;
  readonly makeTopic?: (topic: string) => Promise<void>;
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
export async function laterRetryRun(
  plan: LaterRetryPlan,
  course: Course,
): Promise<LaterRetryResult> {
  const library = await buildLibrary(join('.cache', `later-${randomUUID()}`));
  const run = new LaterRetryRun(plan, library);
  try {
    await run.begin();
    await course(run);
    return await run.result();
  } finally {
    await run.end();
    await library.remove();
  }
}

export class LaterRetryRun {
  readonly members: ReportingProcess[] = [];
  readonly handled = new Set<number>();
  private readonly topic = `later-${randomUUID()}`;
  private readonly numbers = new Map<string, number>();
  private readonly kept = new Set<number>();
  private readonly failedFirst = new Set<number>();
  private readonly early: string[] = [];
  private killed = 0;
  private made = 0;

  constructor(
    readonly plan: LaterRetryPlan,
    private readonly library: BuiltLibrary,
  ) {}

  async begin(): Promise<void> {
    await this.plan.makeTopic?.(this.topic);
    const stdin = this.all.map((n) => numberedEvent(n)).join('\n');
    const { code, log } = await cli(
      ['produce-event', '--type', NUMBERED_TYPE, '--topic', this.topic, '--data', '-'],
      { stdin, env: this.plan.env },
    );
    if (code !== 0) throw new Error(`produce-event ended with ${code}:\n${log}`);
  }

  /** Starts a member; resolves at once. */
  join(
    options: MemberOptions = {},
    heard: (line: string) => void = () => undefined,
  ): ReportingProcess {
    const { clock, ...config } = options;
    const name = `member-${++this.made}`;
    const args = [
      PROGRAM,
      this.config(name, { ...config, clockAheadMs: (clock?.aheadS ?? 0) * 1_000 }),
    ];
    const plain = { program: process.execPath, args };
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
      without: this.all.filter((n) => !this.handled.has(n) && !open.has(n)),
      wrong: this.all.filter((n) => n % 3 === 0 && (this.handled.has(n) || !open.has(n))),
      doubled: letters.filter((n, i) => letters.indexOf(n) !== i),
      early: this.early,
      handledLater: [...this.handled].filter((n) => n % 3 === 1).length,
      killed: this.killed,
    };
  }

  async end(): Promise<void> {
    for (const member of [...this.members]) if (!member.ended) await member.end('SIGKILL');
  }

  private get all(): number[] {
    return Array.from({ length: this.plan.events }, (_, n) => n);
  }

  private async letters(): Promise<number[]> {
    const found: number[] = [];
    const args = [PROGRAM, this.config('lister', { lists: true })];
    const lister = new ReportingProcess({ program: process.execPath, args }, (line) => {
      const [word, number] = line.split(' ');
      if (word === 'letter') found.push(Number(number));
    });
    const code = await lister.read(START_MS);
    if (code !== 0) throw new Error(`the list ended with ${code}:\n${lister.complaints}`);
    return found;
  }

  private config(name: string, more: Readonly<Record<string, unknown>>): string {
    const { plan, topic, library } = this;
    return JSON.stringify({
      ...{ lib: library.address, type: NUMBERED_TYPE, topic, group: 'g', delays: plan.delays },
      ...{ transport: plan.transportOf(name), ...more },
    });
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

/** Members whose clocks are wrong by an hour, ahead and behind. */
export const wrongClocks =
  (clock: (seconds: number) => Promise<SettableClock>): Course =>
  async (run) => {
    for (const aheadS of [3_600, -3_600]) run.join({ clock: { is: await clock(aheadS), aheadS } });
    await until('an outcome for every event', () => run.isDone, run.plan.patienceMs);
  };
