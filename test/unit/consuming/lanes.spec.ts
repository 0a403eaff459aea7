import { Lanes, type LaneWork, SourceSemaphore } from '../../../lib/consuming/processing/lanes.js';
import { waitUntil } from '../../support/wait-until.js';

/** A small generator with a seed, so that a failing order can be run again. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

class Recorder {
  readonly done: string[] = [];
  readonly dropped: string[] = [];
  readonly blocked: boolean[] = [];
  running = 0;
  most = 0;
  readonly lanes: Lanes;

  constructor(
    concurrency: number,
    private readonly turns = new SourceSemaphore(4),
  ) {
    this.lanes = new Lanes(concurrency, this.turns, (blocked) => this.blocked.push(blocked));
  }

  work(key: string, name: string, step: () => Promise<number | undefined>): LaneWork {
    return {
      key,
      name,
      run: (ended) => {
        this.most = Math.max(this.most, ++this.running);
        void step().then((again) => {
          this.running--;
          if (again === undefined) this.done.push(name);
          ended(again);
        });
      },
      drop: () => void this.dropped.push(name),
    };
  }
}

const soon = (ms = 0): Promise<undefined> =>
  new Promise((resolve) => setTimeout(() => resolve(undefined), ms));

describe('lanes of a source', () => {
  it.each([1, 2, 5])('keep the order of every key, %i lanes, retries included', async (lanes) => {
    for (let seed = 1; seed <= 15; seed++) {
      const random = randomFrom(seed);
      const recorder = new Recorder(lanes);
      const expected = new Map<string, string[]>();
      for (let i = 0; i < 60; i++) {
        const key = `k${Math.floor(random() * 6)}`;
        const name = `${key}-${i}`;
        expected.set(key, [...(expected.get(key) ?? []), name]);
        let retries = random() < 0.2 ? 2 : 0;
        recorder.lanes.add(
          recorder.work(key, name, async () => {
            if (random() < 0.3) await soon();
            return retries-- > 0 ? 1 : undefined;
          }),
        );
      }
      await waitUntil(() => recorder.done.length === 60);
      for (const [key, names] of expected) {
        expect(recorder.done.filter((name) => name.startsWith(`${key}-`))).toEqual(names);
      }
      expect(recorder.most).toBeLessThanOrEqual(lanes);
    }
  });

  it('with one lane runs the whole source in order, whatever the keys', async () => {
    const recorder = new Recorder(1);
    const names = Array.from({ length: 30 }, (_, i) => `n${i}`);
    let retried = false;
    for (const [i, name] of names.entries()) {
      const step = async (): Promise<number | undefined> => {
        if (i !== 3 || retried) return undefined;
        retried = true;
        return 5;
      };
      recorder.lanes.add(recorder.work(`key${i % 7}`, name, step));
    }
    await waitUntil(() => recorder.done.length === 30);
    expect(recorder.done).toEqual(names);
    expect(recorder.blocked).toEqual([true, false]);
  });

  it('a lane that waits to run again does not hold up the other lanes', async () => {
    const recorder = new Recorder(2);
    let tries = 0;
    recorder.lanes.add(recorder.work('a', 'a1', async () => (tries++ < 1 ? 500 : undefined)));
    recorder.lanes.add(recorder.work('a', 'a2', soon));
    // Of turns of the event loop alone, so that a slow one cannot be overtaken by the timer.
    const step = async () => undefined;
    for (let i = 0; i < 5; i++) recorder.lanes.add(recorder.work('b', `b${i}`, step));
    await waitUntil(() => recorder.done.length === 7);
    expect(recorder.done).toEqual(['b0', 'b1', 'b2', 'b3', 'b4', 'a1', 'a2']);
    expect(recorder.blocked).toEqual([]);
  });

  it('drops of the queue only what comes after all that was begun', async () => {
    const recorder = new Recorder(2);
    const again = async (): Promise<number> => 10_000;
    recorder.lanes.add(recorder.work('a', 'a1', again));
    recorder.lanes.add(recorder.work('a', 'a2', soon));
    recorder.lanes.add(recorder.work('b', 'b3', again));
    recorder.lanes.add(recorder.work('b', 'b4', soon));
    recorder.lanes.add(recorder.work('c', 'c5', soon));
    await waitUntil(() => recorder.blocked.length === 1);
    recorder.lanes.dropQueued();
    expect(recorder.dropped).toEqual(['b4', 'c5']);
    recorder.lanes.close();
    expect(recorder.dropped).toEqual(['b4', 'c5', 'a1', 'b3', 'a2']);
  });

  it('close drops what waits, begins nothing more and lets the running work end', async () => {
    const recorder = new Recorder(2);
    let finish: (() => void) | undefined;
    const held = new Promise<undefined>((resolve) => (finish = () => resolve(undefined)));
    recorder.lanes.add(recorder.work('a', 'running', () => held));
    recorder.lanes.add(recorder.work('b', 'delayed', async () => 10_000));
    recorder.lanes.add(recorder.work('a', 'queued', soon));
    await soon(5);
    recorder.lanes.close();
    expect(recorder.dropped).toEqual(['delayed', 'queued']);
    let still = false;
    const whenStill = recorder.lanes.still().then(() => (still = true));
    await soon();
    expect(still).toBe(false);
    finish?.();
    await whenStill;
    recorder.lanes.add(recorder.work('c', 'late', soon));
    expect(recorder.dropped).toEqual(['delayed', 'queued', 'late']);
    expect(recorder.done).toEqual(['running']);
  });

  it('a work that asks to run again after close is dropped', async () => {
    const recorder = new Recorder(1);
    recorder.lanes.add(
      recorder.work('a', 'again', async () => {
        await soon(5);
        return 1;
      }),
    );
    recorder.lanes.close();
    await recorder.lanes.still();
    expect(recorder.dropped).toEqual(['again']);
  });
});

describe('works that end at once', () => {
  it('run in order, and many of them need no deep stack', async () => {
    const turns = new SourceSemaphore(1);
    const order: string[] = [];
    const work = (name: string): LaneWork => ({
      key: 'k',
      name,
      run: (ended) => {
        order.push(name);
        ended(undefined);
      },
      drop: () => undefined,
    });
    let begin: ((again: undefined) => void) | undefined;
    const first: LaneWork = { ...work('first'), run: (ended) => (begin = ended) };
    const [one, other] = [0, 1].map(() => new Lanes(1, turns, () => undefined)) as [Lanes, Lanes];
    one.add(first);
    for (let i = 0; i < 20_000; i++) one.add(work(`one ${i}`));
    for (let i = 0; i < 3; i++) other.add(work(`other ${i}`));
    begin?.(undefined);
    await waitUntil(() => order.length === 20_003);
    expect(order.filter((name) => name.startsWith('one'))).toEqual(
      Array.from({ length: 20_000 }, (_, i) => `one ${i}`),
    );
    expect(order.indexOf('other 2')).toBeLessThan(order.indexOf('one 19999'));
    expect(turns.contended).toBe(false);
  });
});

describe('turns of sources', () => {
  it('bound how many sources work at once and go round', async () => {
    const turns = new SourceSemaphore(2);
    const order: string[] = [];
    let running = 0;
    let most = 0;
    const sources = ['s1', 's2', 's3', 's4', 's5'].map((name) => {
      const recorder = new Recorder(1, turns);
      for (let i = 0; i < 4; i++) {
        recorder.lanes.add(
          recorder.work('k', `${name}-${i}`, async () => {
            most = Math.max(most, ++running);
            await soon(1);
            running--;
            order.push(`${name}-${i}`);
            return undefined;
          }),
        );
      }
      return recorder;
    });
    await waitUntil(() => sources.every((source) => source.done.length === 4));
    expect(most).toBe(2);
    // Every source had its first turn before any had its third.
    const firstThird = order.findIndex((name) => name.endsWith('-2'));
    const firsts = order.slice(0, firstThird).filter((name) => name.endsWith('-0'));
    expect(firsts).toHaveLength(5);
    expect(turns.contended).toBe(false);
  });

  it('a source that waits to run again gives its turn away', async () => {
    const turns = new SourceSemaphore(1);
    const slow = new Recorder(1, turns);
    const quick = new Recorder(1, turns);
    let tries = 0;
    slow.lanes.add(slow.work('k', 'slow', async () => (tries++ < 1 ? 500 : undefined)));
    for (let i = 0; i < 3; i++) quick.lanes.add(quick.work('k', `quick${i}`, soon));
    await waitUntil(() => quick.done.length === 3);
    expect(slow.done).toEqual([]);
    await waitUntil(() => slow.done.length === 1);
  });

  it('a lane alone says that it has enough ready, until what is ready has begun', async () => {
    const recorder = new Recorder(1);
    const ends: (() => void)[] = [];
    const step = () => new Promise<undefined>((resolve) => ends.push(() => resolve(undefined)));
    let added = 0;
    const add = () => recorder.lanes.add(recorder.work('k', `${added++}`, step));
    // The first one begins, the others are ready behind it.
    while (added < 16) add();
    await waitUntil(() => recorder.running === 1 && recorder.lanes.free === undefined);
    add();
    let free = false;
    void recorder.lanes.free!.then(() => (free = true));
    for (let done = 0; done < added - 1; done++) {
      expect(free).toBe(false);
      ends[done]!();
      await waitUntil(() => recorder.done.length === done + 1 && recorder.running === 1);
    }
    await waitUntil(() => free);
    recorder.lanes.close();
  });

  it('a lane alone takes what comes behind a work that waits to run again', async () => {
    const recorder = new Recorder(1);
    recorder.lanes.add(recorder.work('k', 'fails', () => Promise.resolve(60_000)));
    await waitUntil(() => recorder.blocked.length === 1);
    for (let i = 0; i < 40; i++) recorder.lanes.add(recorder.work('k', `${i}`, () => soon()));
    expect(recorder.lanes.free).toBeUndefined();
    recorder.lanes.dropQueued();
    expect(recorder.dropped).toHaveLength(40);
    recorder.lanes.close();
  });

  it('several lanes take all that comes: another key may have one free', () => {
    const recorder = new Recorder(2);
    const never = () => new Promise<undefined>(() => undefined);
    for (let i = 0; i < 40; i++) recorder.lanes.add(recorder.work('k', `${i}`, never));
    expect(recorder.lanes.free).toBeUndefined();
    recorder.lanes.close();
  });
});
