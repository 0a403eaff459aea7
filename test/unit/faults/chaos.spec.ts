import { chaosPlan } from '../../faults/chaos/chaos-plan.js';
import { MEMORY } from '../../faults/chaos/memory-chaos.js';
import { Timeline } from '../../faults/chaos/timeline.js';
import { KEYS } from '../../faults/driver/numbered-events.js';

describe('the plan of a chaos run', () => {
  const planOf = (seed: number, seconds = 300) =>
    chaosPlan({
      ...{ seed, seconds, transport: 'memory' },
      members: [1, 2, 3],
      kinds: MEMORY.kinds,
    });

  it('is the same for the same seed, and another for another', () => {
    expect(planOf(7)).toEqual(planOf(7));
    expect(planOf(8).faults).not.toEqual(planOf(7).faults);
    expect(planOf(7).faults.length).toBeGreaterThan(20);
  });

  it('has one fault at a time with each target, and all of them before the end', () => {
    for (let seed = 0; seed < 50; seed++) {
      const until = new Map<string, number>();
      for (const { at, target, seconds } of planOf(seed).faults) {
        expect(until.get(target) ?? 0).toBeLessThanOrEqual(at);
        until.set(target, at + seconds);
        expect(at + seconds).toBeLessThanOrEqual(300);
      }
    }
  });
});

describe('the timeline of a chaos run', () => {
  it('counts what is lost, what came twice and what came in the wrong order', () => {
    const timeline = new Timeline();
    for (const number of [0, 1, KEYS, 2 * KEYS]) timeline.confirmed(number, 0.1);
    timeline.handled(0, 0.2, '0');
    timeline.handled(2 * KEYS, 0.3, '0');
    timeline.handled(KEYS, 0.4, '0');
    timeline.handled(0, 0.5, '0');
    const { lost, duplicates, violations, handled } = timeline.result(1, [], 5);
    expect({ lost, duplicates, handled }).toEqual({ lost: [1], duplicates: 1, handled: 3 });
    expect(violations).toHaveLength(1);
    expect(timeline.waiting).toBe(1);
  });

  it('sees no violation between partitions: keys move when some are added', () => {
    const timeline = new Timeline();
    for (const number of [0, KEYS]) timeline.confirmed(number, 0.1);
    timeline.handled(KEYS, 0.3, '1');
    timeline.handled(0, 0.4, '0');
    expect(timeline.result(1, [], 5).violations).toEqual([]);
  });

  it('measures how long events of a key waited while none of it was handled', () => {
    const timeline = new Timeline();
    timeline.confirmed(0, 1);
    timeline.confirmed(KEYS, 2);
    timeline.handled(0, 4, '0');
    timeline.handled(KEYS, 12, '0');
    // Nothing waits any more.
    timeline.confirmed(2 * KEYS, 50);
    timeline.handled(2 * KEYS, 51, '0');
    const { longest, beyond } = timeline.result(60, [], 5);
    expect(longest).toEqual({ key: 0, from: 4, to: 12, limit: 9 });
    expect(beyond).toEqual([longest]);
  });

  it('sees by the partition whether a key only waits behind others, or is left out', () => {
    const longestWith = (others: number) => {
      const timeline = new Timeline();
      timeline.confirmed(0, 1);
      timeline.handled(0, 21, '0');
      for (let i = 0; i < others; i++) timeline.handled(1 + i * KEYS, 1 + (20 * i) / others, '0');
      const { longest } = timeline.result(30, [], 5);
      return longest!.to - longest!.from;
    };
    expect(longestWith(20)).toBeCloseTo(1, 5);
    expect(longestWith(1_000)).toBeCloseTo(20, 5);
  });

  it('allows for the time that faults last, and the longest recovery of them', () => {
    const timeline = new Timeline();
    timeline.confirmed(0, 10);
    timeline.handled(0, 33, '0');
    const stalls = (...to: number[]) => {
      const faults = to.map((end) => ({ what: 'fault', from: end - 4, to: end, recovery: 10 }));
      return timeline.result(60, faults, 5).beyond.length;
    };
    expect(stalls()).toBe(1);
    expect(stalls(14)).toBe(1);
    expect(stalls(14, 18, 22)).toBe(1);
    expect(stalls(14, 18, 22, 26)).toBe(0);
    // Long over when the events began to wait.
    expect(stalls(-10)).toBe(1);
  });

  it('knows what is never handled as a stall up to the end', () => {
    const timeline = new Timeline();
    timeline.confirmed(3, 10);
    expect(timeline.result(60, [], 5).beyond).toEqual([{ key: 3, from: 10, to: 60, limit: 15 }]);
  });
});
