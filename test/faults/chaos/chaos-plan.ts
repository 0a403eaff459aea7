import { seededRandom } from '../../fuzz/fuzz-target.js';
import type { ChaosRun } from './chaos-run.js';
import type { ChaosStage } from './chaos-stage.interface.js';

/** One fault of a plan. */
export interface PlannedFault {
  /** Seconds after the start of the run. */
  readonly at: number;
  readonly kind: string;
  /** Whom it hits: `member-1`, `sender`, `broker`, `topic`, … */
  readonly target: string;
  /** How long it lasts. */
  readonly seconds: number;
  /** What it means is a matter of the kind: ms of a delay, a number of partitions. */
  readonly amount: number;
}

/** A kind of fault: when to expect events again, and how it is made and undone. */
export interface FaultKind<Stage extends ChaosStage = ChaosStage> {
  readonly kind: string;
  /** How often it is drawn, compared with others. */
  readonly weight: number;
  /** Default: the members of the group. Members that a run does not have are left out. */
  readonly targets?: readonly string[];
  readonly seconds: readonly [least: number, most: number];
  readonly amounts?: readonly number[];
  /** Seconds from its end until events flow again, at the longest (docs/reliability.md). */
  readonly recovery: number;
  /** Resolves when it is over; rejects where it could not happen. */
  act(run: ChaosRun<Stage>, fault: PlannedFault): Promise<void>;
}

/** What a run is like, besides its faults. */
export interface ChaosSetting {
  readonly members: number;
  /** Lanes of each source. */
  readonly concurrency: number;
  readonly settle: 'coalesced' | 'each';
  readonly maxInFlight: number;
}

export interface ChaosPlan {
  readonly seed: number;
  readonly transport: string;
  readonly seconds: number;
  readonly setting: ChaosSetting;
  readonly faults: readonly PlannedFault[];
}

export interface PlanOptions {
  readonly seed: number;
  readonly transport: string;
  readonly seconds: number;
  /** Numbers of members to draw from. */
  readonly members: readonly number[];
  readonly kinds: readonly FaultKind<never>[];
}

/** Before the first fault all must have begun, and behind the last one is time to see what it did. */
const FIRST_AT = 4;
const QUIET_END = 6;

/** Draws setting and faults: the same seed gives the same, of a shorter run the beginning. */
export function chaosPlan({ seed, transport, seconds, members, kinds }: PlanOptions): ChaosPlan {
  const random = seededRandom(seed);
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)]!;
  const between = (least: number, most: number): number =>
    Math.round((least + random() * (most - least)) * 10) / 10;
  const setting: ChaosSetting = {
    members: pick(members),
    concurrency: pick([1, 1, 4, 16]),
    settle: pick(['coalesced', 'coalesced', 'coalesced', 'each']),
    maxInFlight: pick([256, 256, 32, 1_000]),
  };
  const everyone = Array.from({ length: setting.members }, (_, i) => `member-${i + 1}`);
  const deck = kinds.flatMap((kind) => Array.from({ length: kind.weight }, () => kind));
  const busyUntil = new Map<string, number>();
  const faults: PlannedFault[] = [];
  for (let at = FIRST_AT; at < seconds - QUIET_END; at = roundTenth(at + between(1, 6))) {
    const { kind, targets, seconds: range, amounts } = pick(deck);
    const target = pick(
      targets?.filter((one) => !one.startsWith('member-') || everyone.includes(one)) ?? everyone,
    );
    const lasts = between(...range);
    const amount = pick(amounts ?? [0]);
    // One thing at a time with each target: a process that is stopped cannot be told anything.
    if ((busyUntil.get(target) ?? 0) > at || at + lasts > seconds - QUIET_END) continue;
    busyUntil.set(target, at + lasts);
    faults.push({ at, kind, target, seconds: lasts, amount });
  }
  return { seed, transport, seconds, setting, faults };
}

export function faultText({ kind, target, seconds, amount }: PlannedFault): string {
  const of = amount === 0 ? '' : `, ${amount}`;
  return `${kind} (${target}, ${seconds} s${of})`;
}

function roundTenth(value: number): number {
  return Math.round(value * 10) / 10;
}
