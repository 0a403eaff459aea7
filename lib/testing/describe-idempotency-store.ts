import { monotonicNow } from '../common/clocks.js';
import type { IdempotencyStore } from '../transport/idempotency-store.interface.js';
import { idempotencyCases, newKey } from './conformance/idempotency.cases.js';

// Of any test runner that has these two globals.
declare const describe: (name: string, body: () => void) => void;
declare const it: (name: string, body: () => Promise<void>, timeout?: number) => void;

const CASE_TIMEOUT_MS = 60_000;
const OPEN_MS = 20_000;

/** What the conformance suite needs to know of a store. */
export interface DescribeIdempotencyStoreOptions {
  /**
   * Makes a new store object that is not open, always for the same marks. Called twice in a case: the two stand for two
   * processes.
   */
  readonly create: () => IdempotencyStore | Promise<IdempotencyStore>;
  /** Factor for every time that the suite waits, for a slow store or machine. Default 1. */
  readonly slow?: number;
}

/**
 * The conformance suite for idempotency stores: registers a `describe` with a case for each promise of IdempotencyStore, except
 * `once`, whose transactions are those of your database.
 *
 * It needs only the globals `describe` and `it` and throws `node:assert` errors, so any test runner that has the two will
 * do. Each case uses keys of its own, and closes the stores that it opened.
 */
export function describeIdempotencyStore(
  name: string,
  { create, slow = 1 }: DescribeIdempotencyStoreOptions,
): void {
  describe(`idempotency store ${name}`, () => {
    for (const one of idempotencyCases)
      it(
        one.name,
        async () => {
          const [store, other] = [await opened(), await opened()];
          try {
            await one.run({ store, other, key: newKey(), slow });
          } finally {
            await store.close?.(monotonicNow() + OPEN_MS);
            await other.close?.(monotonicNow() + OPEN_MS);
          }
        },
        CASE_TIMEOUT_MS * slow,
      );
  });

  async function opened(): Promise<IdempotencyStore> {
    const store = await create();
    await store.open?.(monotonicNow() + OPEN_MS * slow);
    return store;
  }
}
