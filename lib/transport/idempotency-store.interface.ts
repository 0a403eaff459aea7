import type { EventBusLogger } from './wire-format.interface.js';

/**
 * Keeps for each key whether an event was handled (a mark), and who is handling it now (a lock). Write one for a database of
 * your own, and test it with `describeIdempotencyStore` from `nestjs-openedx-event-bus/testing`.
 *
 * Each method is one step: of two callers at the same time, one comes first. A method that rejects, whatever the error,
 * means that the store is unavailable: nothing is acknowledged, and the bus asks again.
 */
export interface IdempotencyStore {
  /**
   * `claimed`: the key is locked by the owner for `lockMs` from now. `done`: the key is marked. `busy`: another owner has
   * the lock. An owner that has the lock claims it again.
   */
  claim(key: string, owner: string, lockMs: number): Promise<'claimed' | 'done' | 'busy'>;
  /**
   * Prolongs the lock to `lockMs` from now, and takes it again where it has expired and nobody else took it. False where
   * another owner has it, or the key is marked.
   */
  renew(key: string, owner: string, lockMs: number): Promise<boolean>;
  /**
   * Marks the key for `ttlMs` from now, whoever has the lock: the event was handled. Resolves once the mark is stored. False
   * where another owner had the lock, or had marked the key.
   */
  complete(key: string, owner: string, ttlMs: number): Promise<boolean>;
  /** Gives up the lock where the owner has it. A mark stays. */
  release(key: string, owner: string): Promise<void>;
  /** Removes the mark, so that the event can be handled again. A lock stays. */
  forget(key: string): Promise<void>;
  /**
   * For stores in the application's own database: inserts the mark inside the transaction `tx`, and resolves with whether it
   * was not there before. `OpenEdxEventContext.once` calls it. Absent where the store knows no transactions.
   */
  once?(tx: unknown, key: string): Promise<boolean>;
  /** Connects. Called before the bus consumes, and again after a rejection. `deadline` is by `monotonicNow`. */
  open?(deadline: number): Promise<void>;
  /** Ends the connections, after the bus has stopped consuming. Called once. */
  close?(deadline: number): Promise<void>;
}

/** What a store is told about the bus that it is made for. */
export interface IdempotencyStoreHost {
  /** Name of the bus, for log lines; `default` for the unnamed one. */
  readonly bus: string;
  /** The value of an `EVENT_BUS_*` setting, of `settings`, `@nestjs/config` or the environment; undefined: not set. */
  readonly setting: (name: string) => unknown;
  /** For the log lines of the store. */
  readonly logger: EventBusLogger;
}

/**
 * Makes the store of a bus: what `redisIdempotencyStore()` returns. Called once for each bus; it opens nothing yet. Throws
 * ConfigurationError with every problem of its settings.
 */
export type IdempotencyStoreFactory = (
  host: IdempotencyStoreHost,
) => IdempotencyStore | Promise<IdempotencyStore>;
