import type { LogFields } from '../../common/log-fields.js';
import { randomUUID } from 'node:crypto';
import { monotonicNow } from '../../common/clocks.js';
import {
  backoffDelay,
  endBy,
  jitteredDelayAfter,
  pauseFor,
  timerMs,
} from '../../common/waiting.js';
import { codeOf } from '../../errors/error-code.js';
import { messageOf } from '../../errors/foreign-error.js';
import {
  ConnectError,
  type EventBusErrorPlace,
  ServiceUnavailableError,
} from '../../errors/index.js';
import { outsideText } from '../../errors/outside-text.js';
import { asError } from '../../errors/thrown-values.js';
import { ATTRIBUTE } from '../../observability/attributes.js';
import type { EventBusTelemetry } from '../../observability/event-bus-telemetry.js';
import { METRIC } from '../../observability/metrics.js';
import { Series } from '../../observability/series.js';
import type { StatusBoard } from '../../observability/status-board.js';
import { durationText } from '../../settings/duration.js';
import type { EventBusSettings } from '../../settings/event-bus-settings.js';
import type { IdempotencyStore } from '../../transport/idempotency-store.interface.js';
import type { EventBusLogger } from '../../transport/wire-format.interface.js';
import type { EventContextFields } from '../handlers/event-context.js';
import { type MarkSubject, MarkKeys } from './mark-keys.js';

export interface EventMarksOptions {
  readonly settings: Pick<
    EventBusSettings,
    'bus' | 'topicPrefix' | 'connect' | 'connectTimeoutMs' | 'idempotency'
  >;
  readonly store: IdempotencyStore;
  readonly status: StatusBoard;
  readonly telemetry: EventBusTelemetry;
  readonly logger: EventBusLogger;
}

/** An event that one handler of this process may handle, and nobody else. */
export interface EventClaim {
  readonly subject: MarkSubject;
  readonly key: string;
}

interface Held extends EventClaim {
  isRenewing: boolean;
  isLost: boolean;
}

/** A store that has not answered after so long counts as unavailable. */
const ANSWER_MS = 10_000;
const OPENING = { delayMs: 500, factor: 2, maxDelayMs: 30_000 };
const OPEN_FAULT = 'idempotency store';
const MARK_FAULT = 'marking of handled events';
const NAME = 'Idempotency store';

/**
 * Which events the idempotent handlers of a bus have handled, and which they are handling. Locks are renewed while they are
 * held. What the store does not answer rejects with ServiceUnavailableError.
 */
export class EventMarks {
  private readonly owner = randomUUID();
  private readonly locksLost = new Series((group, handler) =>
    this.options.telemetry.counter?.(METRIC.locksLost, {
      [ATTRIBUTE.bus]: this.options.settings.bus,
      [ATTRIBUTE.group]: group,
      [ATTRIBUTE.handler]: handler,
    }),
  );
  private readonly keys: MarkKeys;
  private readonly lockMs: number;
  private readonly held = new Map<string, Held>();
  private readonly releasing = new Map<string, Promise<void>>();
  private readonly completing = new Set<Promise<boolean>>();
  /** Marks that the store did not take at the last try. */
  private readonly unmarked = new Set<Held>();
  private readonly closing = new AbortController();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: EventMarksOptions) {
    this.keys = new MarkKeys(options.settings);
    this.lockMs = options.settings.idempotency!.lockMs;
  }

  /**
   * Opens the store. With `connect: 'fail'` rejects with ConnectError after `connectTimeoutMs`; with `'background'`
   * resolves at once, and tries on until it is closed.
   */
  async open(): Promise<void> {
    const { connect, connectTimeoutMs, bus } = this.options.settings;
    if (connect === 'background') {
      void this.openPatiently();
      return;
    }
    try {
      await this.openWithin(connectTimeoutMs);
    } catch (error) {
      throw new ConnectError(
        `Bus ${bus} could not connect to its idempotency store: ${messageOf(error)}`,
        error,
      );
    }
  }

  /**
   * The claim, to be ended by `complete` or `release`; or `done`, `busy` as the store says. With `again` a mark is removed
   * before. An event that another delivery in this process has claimed is `busy`.
   */
  async claim(subject: MarkSubject, again: boolean): Promise<EventClaim | 'done' | 'busy'> {
    const key = this.keys.of(subject);
    if (this.held.has(key)) return 'busy';
    const claim: Held = { subject, key, isRenewing: false, isLost: false };
    this.held.set(key, claim);
    try {
      await this.releasing.get(key);
      const { store } = this.options;
      if (again) await this.ask('forget', () => store.forget(key));
      const answer = await this.ask('claim', () => store.claim(key, this.owner, this.lockMs));
      if (answer === 'claimed') {
        this.timer ??= setInterval(() => this.renewAll(), timerMs(this.lockMs / 3)).unref();
        return claim;
      }
      if (!OTHER_ANSWERS.includes(answer)) throw notOneOf('claim', "'claimed', 'done' or 'busy'");
      this.drop(claim);
      return answer;
    } catch (error) {
      this.drop(claim);
      throw error;
    }
  }

  /** The handler succeeded: resolves to true once that is stored, however often it must be tried; false: closed before. */
  complete(claim: EventClaim, ttlMs: number): Promise<boolean> {
    const completing = this.completeAtLast(claim as Held, ttlMs);
    this.completing.add(completing);
    void completing.then(() => this.completing.delete(completing));
    return completing;
  }

  /** The handler failed: anybody may handle the event now. Where the store does not answer, once the lock has expired. */
  release(claim: EventClaim): void {
    const { key } = claim;
    this.drop(claim);
    const { store } = this.options;
    const released = this.ask('release', () => store.release(key, this.owner))
      .catch(() => undefined)
      .then(() => {
        if (this.releasing.get(key) === released) this.releasing.delete(key);
      });
    this.releasing.set(key, released);
  }

  /**
   * Inserts marks of an event into transactions, which are the application's: rejects as the store does. undefined where the
   * store cannot. With `again` every mark counts as new.
   */
  insertFor(
    { group = '', eventId = '' }: EventBusErrorPlace,
    again: boolean,
  ): EventContextFields['insertMark'] {
    const { store } = this.options;
    if (typeof store.once !== 'function') return undefined;
    return async (tx, handler, name) => {
      const isNew = await store.once!(tx, this.keys.ofOnce({ group, handler, eventId }, name));
      if (typeof isNew !== 'boolean') throw notOneOf('once', 'true or false');
      return isNew || again;
    };
  }

  /** Gives up what is still to be stored, at the deadline (by `monotonicNow`) at the latest. Never rejects. */
  async close(deadline: number): Promise<void> {
    this.closing.abort();
    clearInterval(this.timer);
    const { store, settings, logger } = this.options;
    await endBy(deadline, Promise.all([...this.completing, ...this.releasing.values()]));
    this.timer = undefined;
    try {
      await endBy(deadline, Promise.resolve(store.close?.(deadline)));
    } catch (error) {
      logger.warn(
        `Bus ${settings.bus} could not close its idempotency store: ${messageOf(error)}`,
        {
          code: codeOf(error),
        },
      );
    }
  }

  private async completeAtLast(claim: Held, ttlMs: number): Promise<boolean> {
    const { store } = this.options;
    try {
      for (let failures = 1; ; failures++) {
        try {
          const wasOurs = await this.ask('complete', () =>
            store.complete(claim.key, this.owner, ttlMs),
          );
          if (wasOurs === false) this.lost(claim);
          this.marked(claim);
          return true;
        } catch (error) {
          this.notMarked(claim, asError(error));
        }
        if (this.closing.signal.aborted) return this.neverMarked(claim);
        await pauseFor(backoffDelay(failures, 200), this.closing.signal);
      }
    } finally {
      this.drop(claim);
    }
  }

  private marked(claim: Held): void {
    if (!this.unmarked.delete(claim) || this.unmarked.size > 0) return;
    const { status, settings, logger } = this.options;
    status.heal(MARK_FAULT);
    logger.log(
      `The idempotency store of bus ${settings.bus} works again: handled events are marked, and their records are acknowledged`,
    );
  }

  private notMarked(claim: Held, error: Error): void {
    const { status, settings, logger } = this.options;
    if (this.unmarked.size === 0)
      logger.warn(
        `The idempotency store of bus ${settings.bus} cannot mark events as handled at present, so their records are not acknowledged; marking is retried until it succeeds: ${messageOf(error)}`,
        { ...fieldsOf(claim), code: codeOf(error) },
      );
    this.unmarked.add(claim);
    status.fault(MARK_FAULT, error);
  }

  private neverMarked(claim: Held): false {
    const { logger } = this.options;
    logger.error(
      `${placeOf(claim)} was handled, but could not be marked before the bus closed. The event will be redelivered, and the handler will be called for it again`,
      fieldsOf(claim),
    );
    return false;
  }

  private renewAll(): void {
    for (const claim of this.held.values()) if (!claim.isLost) void this.renew(claim);
  }

  private async renew(claim: Held): Promise<void> {
    if (claim.isRenewing) return;
    claim.isRenewing = true;
    try {
      const { store } = this.options;
      const isOurs = await this.ask('renew', () => store.renew(claim.key, this.owner, this.lockMs));
      if (isOurs === false && this.held.get(claim.key) === claim) this.lost(claim);
    } catch {
      // Tried again at the next renewal; where the lock has expired until then, it is taken again or lost.
    } finally {
      claim.isRenewing = false;
    }
  }

  /** Told once for each claim. */
  private lost(claim: Held): void {
    if (claim.isLost) return;
    claim.isLost = true;
    const { status, logger } = this.options;
    const { group, handler } = claim.subject;
    status.count('locksLost');
    this.locksLost.of(group, handler)?.(1);
    logger.warn(
      `${placeOf(claim)}: the lock was lost while the handler was running, so another process may have handled the event too. ` +
        `This happens where the event loop is blocked, or the idempotency store is unavailable, for longer than idempotency.lock (${durationText(this.lockMs)})`,
      fieldsOf(claim),
    );
  }

  private drop(claim: EventClaim): void {
    if (this.held.get(claim.key) === claim) this.held.delete(claim.key);
    if (this.held.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private async openPatiently(): Promise<void> {
    const { settings, status, logger } = this.options;
    for (let failures = 1; !this.closing.signal.aborted; failures++) {
      try {
        await this.openWithin(settings.connectTimeoutMs);
        status.heal(OPEN_FAULT);
        return;
      } catch (error) {
        const delayMs = Math.round(jitteredDelayAfter(OPENING, failures));
        status.fault(OPEN_FAULT, asError(error));
        logger.error(
          `Bus ${settings.bus} could not connect to its idempotency store, retrying in ${delayMs} ms: ${messageOf(error)}`,
          { code: codeOf(error) },
        );
        await pauseFor(delayMs, this.closing.signal, { idle: true });
      }
    }
  }

  private openWithin(ms: number): Promise<void> {
    const { store } = this.options;
    return this.ask('open', () => store.open?.(monotonicNow() + ms), ms + ANSWER_MS);
  }

  /** The answer, or a ServiceUnavailableError in place of any other error. */
  private async ask<T>(what: string, call: () => Promise<T> | T, withinMs = ANSWER_MS): Promise<T> {
    try {
      const answer = Promise.resolve(call());
      if (!(await endBy(monotonicNow() + withinMs, answer)))
        throw new ServiceUnavailableError(NAME, `no answer to ${what} within ${withinMs} ms`);
      return await answer;
    } catch (error) {
      if (error instanceof ServiceUnavailableError) throw error;
      throw new ServiceUnavailableError(NAME, messageOf(error), { cause: error });
    }
  }
}

const OTHER_ANSWERS: readonly unknown[] = ['done', 'busy'];

/** A store of the application's own may answer anything. */
function notOneOf(what: string, allowed: string): ServiceUnavailableError {
  return new ServiceUnavailableError(NAME, `${what} answered with something other than ${allowed}`);
}

function fieldsOf({ subject: { group, handler, eventId } }: EventClaim): LogFields {
  return { group, eventId, handler };
}

function placeOf({ subject: { group, handler, eventId } }: EventClaim): string {
  return `Event ${outsideText(eventId)} for handler ${outsideText(handler)} of group ${outsideText(group)}`;
}
