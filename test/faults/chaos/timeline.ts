import { KEYS } from '../driver/numbered-events.js';

/** Something kept events from flowing, from one second of the run to another. */
export interface Hindrance {
  readonly what: string;
  readonly from: number;
  readonly to: number;
  /** Seconds after its end until events flow again, at the longest. */
  readonly recovery: number;
}

/** Events of a key waited, and none of the key or none of its partition was handled. */
export interface Stall {
  readonly key: number;
  readonly from: number;
  readonly to: number;
  /** When events had to flow again, by what was going on. */
  readonly limit: number;
}

export interface TimelineResult {
  readonly confirmed: number;
  readonly handled: number;
  readonly lost: readonly number[];
  readonly duplicates: number;
  /** In words. */
  readonly violations: readonly string[];
  readonly longest: Stall | undefined;
  /** Those that went on beyond their limit. */
  readonly beyond: readonly Stall[];
}

type Span = [from: number, to: number];

interface Handling {
  readonly number: number;
  readonly at: number;
  readonly place: string;
}

/** When each event was confirmed and handled, in seconds of the run. */
export class Timeline {
  private readonly begun = new Set<number>();
  private readonly confirmedAt = new Map<number, number>();
  private readonly handlings: Handling[] = [];
  private readonly seen = new Set<number>();
  private waitingCount = 0;

  begins(number: number): void {
    this.begun.add(number);
  }

  confirmed(number: number, at: number): void {
    this.confirmedAt.set(number, at);
    if (!this.seen.has(number)) this.waitingCount++;
  }

  handled(number: number, at: number, place: string): void {
    this.handlings.push({ number, at, place });
    if (this.seen.has(number)) return;
    this.seen.add(number);
    if (this.confirmedAt.has(number)) this.waitingCount--;
  }

  /** Events that are confirmed and not handled. */
  get waiting(): number {
    return this.waitingCount;
  }

  get confirmedCount(): number {
    return this.confirmedAt.size;
  }

  get handledCount(): number {
    return this.seen.size;
  }

  get handlingCount(): number {
    return this.handlings.length;
  }

  /** `calm`: seconds that events may stand still when nothing hinders them. */
  result(end: number, hindrances: readonly Hindrance[], calm: number): TimelineResult {
    const order = [...this.handlings].sort((a, b) => a.at - b.at);
    const stalls = this.stalls(order, end, hindrances, calm);
    return {
      confirmed: this.confirmedAt.size,
      handled: this.seen.size,
      lost: [...this.confirmedAt.keys()].filter((number) => !this.seen.has(number)),
      duplicates: this.handlings.length - this.seen.size,
      violations: violations(order),
      longest: stalls.reduce<Stall | undefined>(
        (a, b) => (a && a.to - a.from >= b.to - b.from ? a : b),
        undefined,
      ),
      beyond: stalls.filter(({ to, limit }) => to > limit),
    };
  }

  private stalls(
    order: readonly Handling[],
    end: number,
    hindrances: readonly Hindrance[],
    calm: number,
  ): Stall[] {
    const first = new Map<number, number>();
    const ofKey = new Map<number, Handling[]>();
    const ofPlace = new Map<string, number[]>();
    for (const handling of order) {
      const { number, at, place } = handling;
      if (!first.has(number)) first.set(number, at);
      getOrMake(ofKey, number % KEYS).push(handling);
      getOrMake(ofPlace, place).push(at);
    }
    const sorted = [...hindrances].sort((a, b) => a.from - b.from);
    return Array.from({ length: KEYS }, (_, key) => key).flatMap((key) => {
      const own = ofKey.get(key) ?? [];
      const waits = [...this.confirmedAt]
        .filter(([number]) => number % KEYS === key)
        .map(([number, from]) => ({ from, to: first.get(number) ?? end }));
      return stillTimes([...own.map(({ at }) => at), end], waits).map((span) => {
        const place = (own.find(({ at }) => at >= span[1]) ?? own.at(-1))?.place ?? '';
        const [from, to] = stillOfPlace(span, ofPlace.get(place) ?? []);
        return { key, from, to, limit: limitOf(from, sorted, calm) };
      });
    });
  }
}

/** So many events of a partition that were handled meanwhile show that a key was left out. */
const LEFT_OUT = 10 * KEYS;

/**
 * A key that waits while others of its partition are handled may be behind them in a backlog: then only the longest time
 * counts in which none of the partition was handled.
 */
function stillOfPlace([from, to]: Span, moments: readonly number[]): Span {
  const within = moments.filter((at) => at > from && at < to);
  if (within.length >= LEFT_OUT) return [from, to];
  let longest: Span = [from, from];
  let before = from;
  for (const at of [...within, to]) {
    if (at - before > longest[1] - longest[0]) longest = [before, at];
    before = at;
  }
  return longest;
}

function getOrMake<K, V>(map: Map<K, V[]>, key: K): V[] {
  const known = map.get(key) ?? [];
  map.set(key, known);
  return known;
}

/** The times in which something waited and nothing happened. */
function stillTimes(
  moments: readonly number[],
  waits: readonly { readonly from: number; readonly to: number }[],
): Span[] {
  const byEnd = [...waits].sort((a, b) => a.to - b.to);
  // The earliest that began to wait, of those that wait until then or longer.
  const earliest: number[] = [];
  for (let i = byEnd.length - 1; i >= 0; i--)
    earliest[i] = Math.min(byEnd[i]!.from, earliest[i + 1] ?? Infinity);
  const found: Span[] = [];
  let at = 0;
  let before = 0;
  for (const moment of moments) {
    while (at < byEnd.length && byEnd[at]!.to < moment) at++;
    const from = Math.max(before, earliest[at] ?? Infinity);
    if (from < moment) found.push([from, moment]);
    before = moment;
  }
  return found;
}

/**
 * Events may stand still while faults last, and after that for the longest recovery of them: a fault that comes while
 * another one is being recovered from adds the time that it lasts.
 */
function limitOf(from: number, hindrances: readonly Hindrance[], calm: number): number {
  for (let limit = from + calm; ;) {
    const met = hindrances.filter((one) => one.from <= limit && one.to + one.recovery >= from);
    const recovery = Math.max(calm, ...met.map((one) => one.recovery));
    const next = from + recovery + lastingWithin(met, from, limit);
    if (next <= limit) return limit;
    limit = next;
  }
}

/** Seconds of a span in which at least one of them lasts. */
function lastingWithin(hindrances: readonly Hindrance[], from: number, to: number): number {
  let sum = 0;
  let covered = from;
  for (const one of hindrances) {
    const end = Math.min(one.to, to);
    sum += Math.max(0, end - Math.max(one.from, covered));
    covered = Math.max(covered, end);
  }
  return sum;
}

/** Events that were first handled after a later one of their key, on the same partition. */
function violations(order: readonly Handling[]): string[] {
  const found: string[] = [];
  const seen = new Set<string>();
  const last = new Map<string, Handling>();
  for (const handling of order) {
    const { number, at, place } = handling;
    const [event, key] = [`${place}/${number}`, `${place}/${number % KEYS}`];
    if (seen.has(event)) continue;
    seen.add(event);
    const before = last.get(key);
    if (before && number < before.number)
      found.push(
        `event ${number} of partition ${place} was first handled at ${at.toFixed(2)} s, ${before.number} at ${before.at.toFixed(2)} s`,
      );
    else last.set(key, handling);
  }
  return found;
}
