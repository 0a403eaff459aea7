import { misspeltOptions } from '../errors/unknown-names.js';
import type {
  IdempotencyStore,
  IdempotencyStoreFactory,
} from '../transport/idempotency-store.interface.js';
import { type Duration, DURATION_ALLOWED, durationMs } from './duration.js';
import type { SettingReader } from './setting-reader.js';

/** How events that idempotent handlers have handled are remembered: the option `idempotency`. */
export interface IdempotencyOptions {
  /**
   * Where marks are kept: `redisIdempotencyStore()`, `memoryIdempotencyStore()` for tests, or a store of your own. All
   * processes of a consumer group need the same one.
   */
  readonly store: IdempotencyStore | IdempotencyStoreFactory;
  /**
   * How long an event counts as handled: longer than it may be delivered, redriven or replayed again. Default 7 days; a
   * handler may have a time of its own.
   */
  readonly ttl?: Duration | undefined;
  /**
   * How long an event stays locked after the process that handles it has died. A live process renews the lock, so that
   * handlers may take longer. At least one second. Default 30 s.
   */
  readonly lock?: Duration | undefined;
}

/** `idempotency` of a bus, complete. Times are in ms. */
export interface IdempotencySettings {
  /** Where marks are kept, or what makes it. */
  readonly store: IdempotencyStore | IdempotencyStoreFactory;
  /** How long an event counts as handled, where its handler has no time of its own. */
  readonly ttlMs: number;
  /** How long an event stays locked after the process that handles it has died. */
  readonly lockMs: number;
}

const NAMES: readonly string[] = ['store', 'ttl', 'lock'] satisfies (keyof IdempotencyOptions)[];
const ALLOWED = `an object { ${NAMES.join(', ')} }`;
const WEEK_MS = 7 * 86_400_000;
const LOCK_MS = 30_000;
/** A shorter lock would be lost whenever a process is busy. */
const LEAST_LOCK_MS = 1_000;

/** undefined: handlers of the bus cannot be idempotent. */
export function readIdempotency(
  given: unknown,
  reader: SettingReader,
): IdempotencySettings | undefined {
  if (given === undefined || given === null) return undefined;
  if (typeof given !== 'object') {
    reader.refuse('idempotency', given, ALLOWED);
    return undefined;
  }
  const { store, ttl, lock } = given as Partial<IdempotencyOptions>;
  reader.problems.push(...misspeltOptions(given, NAMES, (option) => `idempotency.${option}`));
  const lockMs = durationOr(LOCK_MS, lock, 'idempotency.lock', reader);
  if (lockMs < LEAST_LOCK_MS)
    reader.refuse('idempotency.lock', lock, `a duration of at least ${LEAST_LOCK_MS} ms`);
  const ttlMs = durationOr(WEEK_MS, ttl, 'idempotency.ttl', reader);
  if (isStore(store)) return { store, ttlMs, lockMs };
  reader.refuse(
    'idempotency.store',
    store,
    'redisIdempotencyStore(), memoryIdempotencyStore(), or an object with the methods of IdempotencyStore',
  );
  return undefined;
}

function durationOr(
  byDefault: number,
  given: unknown,
  name: string,
  reader: SettingReader,
): number {
  if (given === undefined) return byDefault;
  const ms = durationMs(given);
  if (ms === undefined) reader.refuse(name, given, DURATION_ALLOWED);
  return ms ?? byDefault;
}

const METHODS = ['claim', 'renew', 'complete', 'release', 'forget'] as const;

/** Whether it has the methods of a store. */
export function hasStoreMethods(store: unknown): store is IdempotencyStore {
  return (
    typeof store === 'object' &&
    store !== null &&
    METHODS.every((name) => typeof (store as Partial<IdempotencyStore>)[name] === 'function')
  );
}

function isStore(store: unknown): store is IdempotencyStore | IdempotencyStoreFactory {
  return typeof store === 'function' || hasStoreMethods(store);
}

/** What `@OnOpenEdxEvent` says of a handler; undefined: it is not idempotent, or what is said is invalid. */
export function readIdempotent(
  given: unknown,
  name: string,
  { ttlMs }: Pick<IdempotencySettings, 'ttlMs'>,
  reader: SettingReader,
): { readonly ttlMs: number } | undefined {
  if (given === undefined || given === null || given === false) return undefined;
  if (given === true) return { ttlMs };
  if (typeof given !== 'object') {
    reader.refuse(name, given, 'true, false, or an object { ttl }');
    return undefined;
  }
  reader.problems.push(...misspeltOptions(given, ['ttl'], (option) => `${name}.${option}`));
  return { ttlMs: durationOr(ttlMs, (given as { ttl?: unknown }).ttl, `${name}.ttl`, reader) };
}
