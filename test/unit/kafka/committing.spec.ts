import { jest } from '@jest/globals';
import { monotonicNow } from '../../../lib/common/clocks.js';
import { Committer } from '../../../lib/transport/kafka/consuming/committer.js';
import type { PartitionSource } from '../../../lib/transport/kafka/consuming/partition-source.js';
import type {
  CommitPlace,
  MemberClient,
  RefusedPlace,
} from '../../../lib/transport/kafka/kafka-driver.interface.js';

const SPACING_MS = 10;

/** A partition of which what is settled moves. */
function movingSource(partition = 0) {
  return {
    topic: 'events',
    partition,
    source: `events/${partition}`,
    settledTo: 0,
    committed: 0,
    isGone: false,
    isRefused: false,
    get needsCommit() {
      return this.settledTo > this.committed;
    },
    commitPlace(mostMetadata: number): CommitPlace | undefined {
      if (!this.needsCommit) return undefined;
      const metadata = 'm'.repeat(mostMetadata);
      return { topic: this.topic, partition, offset: this.settledTo, metadata };
    },
    told({ offset }: CommitPlace) {
      this.committed = offset;
      this.isRefused = false;
    },
  };
}

/** A partition of which what is settled moves, and the commits that a group gets of it. */
function committing({ each = false } = {}) {
  const commits: { readonly at: number; readonly offset: number }[] = [];
  const sizes: number[] = [];
  const faults: unknown[] = [];
  const refusals: string[] = [];
  const source = movingSource();
  /** The broker's next answers; without one it agrees. */
  const answers: ((places: readonly CommitPlace[]) => Promise<void | RefusedPlace[]>)[] = [];
  const member = {
    commit: async (places: readonly CommitPlace[]) => {
      commits.push({ at: monotonicNow(), offset: places[0]!.offset });
      sizes.push(places[0]!.metadata!.length);
      return (await answers.shift()?.(places)) ?? [];
    },
  };
  let confirmed = 0;
  const committer = new Committer(member as unknown as MemberClient, each, {
    confirmed: () => confirmed++,
    failed: (error) => faults.push(error),
    healed: () => undefined,
    refused: ({ source: name }) => refusals.push(name),
    accepted: ({ source: name }) => refusals.push(`${name} again`),
  });
  const settle = (moved = source): void => {
    moved.settledTo++;
    committer.add(moved as unknown as PartitionSource);
  };
  return {
    ...{ commits, sizes, answers, faults, refusals, source, committer, settle },
    confirmations: () => confirmed,
  };
}

/** The turns of the event loop are real; time passes only where a test lets it. */
beforeEach(
  () => void jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] }),
);
afterEach(() => void jest.useRealTimers());

/** All that needs no time is done. */
async function turns(): Promise<void> {
  for (let n = 0; n < 3; n++) await new Promise((resolve) => setImmediate(resolve));
}

/** Lets time pass, by the millisecond, until the condition holds. */
async function pass(condition: () => boolean, ms = 30_000): Promise<void> {
  await turns();
  for (; !condition(); ms--) {
    if (ms === 0) throw new Error(`not in time: ${String(condition)}`);
    jest.advanceTimersByTime(1);
    await turns();
  }
}

/** As `pass`, until the work has ended. */
async function passing(work: Promise<unknown>): Promise<void> {
  let ended = false;
  void work.finally(() => (ended = true));
  await pass(() => ended);
}

describe('telling the group what is settled', () => {
  it('commits at once at rest, and under load a commit a while with the newest position', async () => {
    const { commits, source, settle, faults } = committing();
    const start = monotonicNow();
    settle();
    await turns();
    expect(commits).toEqual([{ at: start, offset: 1 }]);
    for (let ms = 0; ms < 100; ms++) {
      settle();
      jest.advanceTimersByTime(1);
      await turns();
    }
    await pass(() => source.committed === source.settledTo);
    const all = Array.from({ length: 11 }, (_, n) => n);
    expect(commits.map(({ at }) => at - start)).toEqual(all.map((n) => n * SPACING_MS));
    expect(commits.map(({ offset }) => offset)).toEqual(all.map((n) => 1 + n * SPACING_MS));
    expect(faults).toEqual([]);
  });

  it('commits each record when it is settled where records are settled one by one', async () => {
    const { commits, source, settle } = committing({ each: true });
    for (let offset = 1; offset <= 5; offset++) {
      settle();
      await pass(() => source.committed === offset);
    }
    expect(commits.map(({ offset }) => offset)).toEqual([1, 2, 3, 4, 5]);
  });

  it('does not wait when it is flushed', async () => {
    const { commits, source, committer, settle } = committing();
    settle();
    await pass(() => source.committed === 1);
    settle();
    await committer.flush(monotonicNow() + 5_000);
    expect(commits.map(({ offset }) => offset)).toEqual([1, 2]);
    expect(commits[1]!.at).toBe(commits[0]!.at);
    expect(source.committed).toBe(2);
  });

  it('says so when a commit has had no answer for a second, until it has', async () => {
    const { answers, source, committer, settle, confirmations } = committing();
    let answer: (() => void) | undefined;
    answers.push(() => new Promise((resolve) => (answer = resolve)));
    settle();
    await pass(() => answer !== undefined);
    expect(committer.room).toBeGreaterThan(0);
    await pass(() => committer.room === 0, 1_002);
    expect(confirmations()).toBe(0);
    answer!();
    await pass(() => confirmations() > 0);
    expect(committer.room).toBeGreaterThan(0);
    expect(source.committed).toBe(1);
  });

  it('has no room for more than 2,000 records that were settled since the last answered commit', async () => {
    const { answers, source, committer, settle } = committing();
    let answer: (() => void) | undefined;
    answers.push(() => new Promise((resolve) => (answer = resolve)));
    settle();
    await pass(() => answer !== undefined);
    const rooms: number[] = [];
    for (let n = 1; n < 2_000; n++) {
      rooms.push(committer.room);
      settle();
    }
    expect(rooms).toEqual(Array.from({ length: 1_999 }, (_, i) => 1_999 - i));
    expect(committer.room).toBe(0);
    answers.push(() => new Promise((resolve) => (answer = resolve)));
    answer!();
    await pass(() => source.committed === 1);
    expect(committer.room).toBe(1);
    await pass(() => answers.length === 0);
    answer!();
    await pass(() => source.committed === 2_000);
    expect(committer.room).toBe(2_000);
  });

  it('is late while commits fail, and no longer once the partition is another member’s', async () => {
    const { answers, source, committer, settle, confirmations } = committing();
    for (let i = 0; i < 100; i++) answers.push(() => Promise.reject(new Error('refused')));
    settle();
    await pass(() => committer.room === 0, 1_002);
    source.isGone = true;
    await pass(() => confirmations() > 0);
    expect(committer.room).toBeGreaterThan(0);
  });

  it('a position that is refused holds up no other, and is tried again', async () => {
    const { answers, commits, faults, refusals, source, committer, settle } = committing();
    const gone = movingSource(1);
    const refuse = (places: readonly CommitPlace[]) =>
      Promise.resolve(
        places
          .filter(({ partition }) => partition === 1)
          .map((place) => ({ ...place, error: new Error('no such partition') })),
      );
    answers.push(refuse, refuse);
    settle();
    settle(gone);
    await passing(committer.flush(monotonicNow() + 5_000));
    expect([source.committed, gone.committed, gone.isRefused]).toEqual([1, 0, true]);
    settle();
    await passing(committer.flush(monotonicNow() + 5_000));
    expect(source.committed).toBe(2);
    await pass(() => gone.committed === 1);
    expect(refusals).toEqual(['events/1', 'events/1 again']);
    expect([gone.isRefused, faults]).toEqual([false, []]);
    expect(committer.room).toBe(2_000);
    expect(commits.length).toBeGreaterThanOrEqual(3);
  });

  it('where the broker takes less beside a position, less is kept there', async () => {
    const { answers, sizes, refusals, source, settle } = committing();
    const tooLarge = Object.assign(new Error('too large'), { type: 'OFFSET_METADATA_TOO_LARGE' });
    const refuse = (places: readonly CommitPlace[]) =>
      Promise.resolve(places.map((place) => ({ ...place, error: tooLarge })));
    answers.push(refuse, refuse);
    settle();
    await pass(() => source.committed === 1);
    settle();
    await pass(() => source.committed === 2);
    expect(sizes).toEqual([4_096, 2_048, 1_024, 1_024]);
    expect(refusals).toEqual([]);
  });

  it('commits nothing after it was stopped, though it was waiting to', async () => {
    const { commits, answers, source, committer, settle } = committing();
    // In one turn of the event loop, so that no timer ends the wait before the stop.
    const microtasks = async (): Promise<void> => {
      for (let n = 0; n < 20; n++) await Promise.resolve();
    };
    const stopped = new Promise<void>((resolve) => {
      answers.push(() => {
        settle();
        void microtasks().then(() => resolve(committer.stop()));
        return Promise.resolve();
      });
    });
    settle();
    await stopped;
    expect(source.committed).toBe(1);
    await passing(committer.flush(monotonicNow() + 5_000));
    expect(commits).toHaveLength(1);
  });
});
