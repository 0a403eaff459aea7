import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { IdempotencyStore } from '../../transport/idempotency-store.interface.js';

/** What a case works with: two store objects for the same marks, and a key that nobody else has. */
export interface StoreBench {
  readonly store: IdempotencyStore;
  readonly other: IdempotencyStore;
  readonly key: string;
  /** Factor on every time that the suite waits. */
  readonly slow: number;
}

export interface IdempotencyCase {
  readonly name: string;
  run(bench: StoreBench): Promise<void>;
}

const LONG = 60_000;

/** Asks until the answer is the one wanted. */
async function until<T>(wanted: T, ask: () => Promise<T>, slow: number): Promise<void> {
  const limit = performance.now() + 10_000 * slow;
  for (;;) {
    const answer = await ask();
    if (answer === wanted) return;
    assert(performance.now() < limit, `still ${String(answer)}, expected ${String(wanted)}`);
    await pause(5);
  }
}

/** One for each promise of IdempotencyStore. */
export const idempotencyCases: readonly IdempotencyCase[] = [
  {
    name: 'a key that nobody has is claimed, and is then busy for others',
    async run({ store, other, key }) {
      assert.equal(await store.claim(key, 'a', LONG), 'claimed');
      assert.equal(await other.claim(key, 'b', LONG), 'busy');
      assert.equal(await other.claim(`${key}-2`, 'b', LONG), 'claimed');
    },
  },
  {
    name: 'an owner claims again what it has',
    async run({ store, other, key }) {
      await store.claim(key, 'a', LONG);
      assert.equal(await other.claim(key, 'a', LONG), 'claimed');
    },
  },
  {
    name: 'of many that claim at the same time one gets the key',
    async run({ store, other, key }) {
      const owners = Array.from({ length: 20 }, (_, n) => `owner-${n}`);
      const answers = await Promise.all(
        owners.map((owner, n) => (n % 2 ? store : other).claim(key, owner, LONG)),
      );
      assert.equal(answers.filter((answer) => answer === 'claimed').length, 1);
      assert.equal(answers.filter((answer) => answer === 'busy').length, 19);
    },
  },
  {
    name: 'what is completed is done for everybody, its owner included',
    async run({ store, other, key }) {
      await store.claim(key, 'a', LONG);
      assert.equal(await store.complete(key, 'a', LONG), true);
      assert.equal(await store.claim(key, 'a', LONG), 'done');
      assert.equal(await other.claim(key, 'b', LONG), 'done');
    },
  },
  {
    name: 'what is released can be claimed at once',
    async run({ store, other, key }) {
      await store.claim(key, 'a', LONG);
      await store.release(key, 'a');
      assert.equal(await other.claim(key, 'b', LONG), 'claimed');
    },
  },
  {
    name: 'only the owner releases a lock, and nobody a mark',
    async run({ store, other, key }) {
      await store.claim(key, 'a', LONG);
      await other.release(key, 'b');
      assert.equal(await other.claim(key, 'b', LONG), 'busy');
      await store.complete(key, 'a', LONG);
      await store.release(key, 'a');
      assert.equal(await other.claim(key, 'b', LONG), 'done');
    },
  },
  {
    name: 'a lock is over after its time',
    async run({ store, other, key, slow }) {
      await store.claim(key, 'a', 50);
      await until('claimed', () => other.claim(key, 'b', LONG), slow);
      assert.equal(await store.claim(key, 'a', LONG), 'busy');
    },
  },
  {
    name: 'a lock that is renewed lasts',
    async run({ store, other, key }) {
      await store.claim(key, 'a', 300);
      assert.equal(await store.renew(key, 'a', LONG), true);
      await pause(600);
      assert.equal(await other.claim(key, 'b', LONG), 'busy');
    },
  },
  {
    name: 'a lock that has expired is taken again by a renewal, unless another owner has it',
    async run({ store, other, key, slow }) {
      assert.equal(await store.renew(key, 'a', LONG), true);
      assert.equal(await other.claim(key, 'b', LONG), 'busy');
      const second = `${key}-2`;
      await store.claim(second, 'a', 20);
      await until('claimed', () => other.claim(second, 'b', LONG), slow);
      assert.equal(await store.renew(second, 'a', LONG), false);
    },
  },
  {
    name: 'a mark is not renewed as a lock',
    async run({ store, key }) {
      await store.claim(key, 'a', LONG);
      await store.complete(key, 'a', LONG);
      assert.equal(await store.renew(key, 'a', 1), false);
      assert.equal(await store.claim(key, 'a', LONG), 'done');
    },
  },
  {
    name: 'who completes without the lock leaves a mark, and is told',
    async run({ store, other, key }) {
      await store.claim(key, 'a', LONG);
      assert.equal(await other.complete(key, 'b', LONG), false);
      assert.equal(await store.claim(key, 'a', LONG), 'done');
      assert.equal(await store.complete(key, 'a', LONG), false);
    },
  },
  {
    name: 'who completes after the lock has expired leaves a mark',
    async run({ store, other, key }) {
      assert.equal(await store.complete(key, 'a', LONG), true);
      assert.equal(await other.claim(key, 'b', LONG), 'done');
    },
  },
  {
    name: 'a mark is over after its time, which is its own and not that of the lock',
    async run({ store, other, key, slow }) {
      await store.claim(key, 'a', LONG);
      await store.complete(key, 'a', 50);
      await until('claimed', () => other.claim(key, 'b', LONG), slow);
      const second = `${key}-2`;
      await store.claim(second, 'a', 50);
      await store.complete(second, 'a', LONG);
      await pause(100);
      assert.equal(await other.claim(second, 'b', LONG), 'done');
    },
  },
  {
    name: 'what is forgotten can be claimed; a lock stays',
    async run({ store, other, key }) {
      await store.claim(key, 'a', LONG);
      await other.forget(key);
      assert.equal(await other.claim(key, 'b', LONG), 'busy');
      await store.complete(key, 'a', LONG);
      await other.forget(key);
      assert.equal(await other.claim(key, 'b', LONG), 'claimed');
      await store.forget(`${key}-never`);
    },
  },
  {
    name: 'keys are told apart by every character, up to 200 of them',
    async run({ store, other, key }) {
      const long = key.padEnd(199, 'x');
      const keys = ['1', '2', 'é', '%', '{a}'].map((end) => `${long}${end}`);
      for (const one of keys) assert.equal(await store.claim(one, 'a', LONG), 'claimed');
      await store.complete(keys[0]!, 'a', LONG);
      for (const one of keys.slice(1)) assert.equal(await other.claim(one, 'b', LONG), 'busy');
    },
  },
];

export const newKey = (): string => `conformance:${randomUUID()}`;
