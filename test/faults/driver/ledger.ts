import { KEYS, secondsBetween, type Nanoseconds } from './numbered-events.js';

/** What the sender says of its events. */
export class SentEvents {
  readonly begun = new Set<number>();
  readonly confirmed = new Set<number>();
  /** Further tries of events whose first was not confirmed. */
  tries = 0;
}

export interface Comparison {
  readonly handled: number;
  /** Confirmed to the sender and handled by nobody. */
  readonly lost: readonly number[];
  /** Handled although nobody sent them. */
  readonly strange: readonly number[];
  /** Handled once more than the first time. */
  readonly duplicates: number;
  /** Events that were first handled after a later one of their key. */
  readonly violations: number;
}

/** What the consumers of one group handled. */
export class HandledEvents {
  private readonly numbers: number[] = [];
  private readonly times: Nanoseconds[] = [];
  private readonly distinct = new Set<number>();

  add(number: number, at: Nanoseconds): void {
    this.numbers.push(number);
    this.times.push(at);
    this.distinct.add(number);
  }

  get count(): number {
    return this.distinct.size;
  }

  has(number: number): boolean {
    return this.distinct.has(number);
  }

  compareWith(sent: SentEvents): Comparison {
    return {
      handled: this.distinct.size,
      lost: [...sent.confirmed].filter((number) => !this.distinct.has(number)),
      strange: [...this.distinct].filter((number) => !sent.begun.has(number)),
      duplicates: this.numbers.length - this.distinct.size,
      violations: this.violations(),
    };
  }

  /** The longest time without an event after each of the moments, until the next of them, in seconds. */
  silencesAfter(moments: readonly Nanoseconds[]): number[] {
    const times = [...this.times].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    return moments.map((from, i) => {
      const to = moments[i + 1] ?? times.at(-1) ?? from;
      let before = from;
      let longest = 0;
      for (const at of times) {
        if (at < from) continue;
        longest = Math.max(longest, secondsBetween(before, at));
        before = at;
        if (at >= to) break;
      }
      return longest;
    });
  }

  private violations(): number {
    const seen = new Set<number>();
    const last = new Map<number, number>();
    let violations = 0;
    const order = [...this.numbers.keys()].sort((a, b) =>
      this.times[a]! < this.times[b]! ? -1 : this.times[a]! > this.times[b]! ? 1 : 0,
    );
    for (const index of order) {
      const number = this.numbers[index]!;
      if (seen.has(number)) continue;
      seen.add(number);
      const key = number % KEYS;
      const before = last.get(key) ?? -1;
      if (number < before) violations++;
      else last.set(key, number);
    }
    return violations;
  }
}
