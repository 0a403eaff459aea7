import type { AsyncResource } from 'node:async_hooks';
import { isObservable, type Observable } from 'rxjs';
import { forkOf, importContext } from '../../common/async-contexts.js';
import { isThenable } from '../../common/waiting.js';
import { HandlerTimeoutError, type EventBusErrorPlace } from '../../errors/index.js';
import type { ConsumingObserver } from '../observing/consuming-observer.js';
import type { HandlerRun } from '../observing/handler-run.js';
import type { OpenEdxEventContext } from '../handlers/event-context.js';
import type { EventHandler } from '../handlers/handler-registry.js';
import { lastOf } from '../handlers/handler-result.js';
import { loopBudget } from './loop-budget.js';
import { setMaxListeners } from 'node:events';

export interface DispatcherOptions {
  readonly handlerTimeoutMs: number | undefined;
  readonly aroundEvent?: <T>(context: OpenEdxEventContext, run: () => T) => T;
  readonly observer?: Pick<ConsumingObserver, 'begin'>;
}

/** Has a signal, which is made when it is first asked for. */
export interface SignalHolder {
  readonly signal: AbortSignal;
}

/** One attempt at one event. */
export interface Dispatch {
  readonly handlers: readonly EventHandler[];
  /** For errors that the dispatcher makes. */
  readonly place: EventBusErrorPlace;
  /** Given to the dispatcher: the last handler may take it. */
  readonly data: unknown;
  copy(data: unknown): unknown;
  /** A context of its own for each handler, with that signal. */
  contextWith(told: SignalHolder, handler: EventHandler): OpenEdxEventContext;
  /** Hears of an idempotent handler that is not called, because it has handled the event. */
  handledBefore?(handler: EventHandler): void;
  /** The record is no longer ours: handlers are told, and still waited for. */
  readonly lost: AbortSignal;
}

/** What each failed handler threw; or `abandoned`, when not all had ended. */
export type DispatchResult = ReadonlyMap<EventHandler, unknown> | 'abandoned';

/** An attempt under way. */
export interface RunningDispatch {
  /** Names of the handlers that have not ended. */
  readonly waitsFor: readonly string[];
  /** Nobody waits any longer: handlers are told, and left behind; the result is `abandoned`. */
  abandon(reason: Error): void;
}

/** Runs the handlers of an event side by side, each with its own copy of the data. */
export class EventDispatcher {
  constructor(private readonly options: DispatcherOptions) {}

  /**
   * Calls `over` once, when every handler has ended: perhaps before this returns. One failing handler
   * does not keep the others from it. A handler that is not done within `handlerTimeoutMs` counts as
   * failed with HandlerTimeoutError; the signal in its context fires and it is left behind. Throws,
   * with no handler called, what `copy` throws.
   *
   * What AsyncLocalStorages hold is for each handler what they held at the import of this package: nothing of other
   * events and handlers, and nothing of who sent the event within the process. A span of its own is the active one.
   */
  dispatch(attempt: Dispatch, over: (result: DispatchResult) => void): RunningDispatch {
    const run = new DispatchRun(attempt, this.options, over);
    run.start();
    return run;
  }
}

const NO_FAILURE: ReadonlyMap<EventHandler, unknown> = new Map();

/** One attempt, until it has its result. */
class DispatchRun implements RunningDispatch, SignalHolder {
  private readonly calls: HandlerCall[] = [];
  private open: number;
  private isOver = false;
  private ownSignal: AttemptSignal | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    readonly attempt: Dispatch,
    readonly options: DispatcherOptions,
    private readonly over: (result: DispatchResult) => void,
  ) {
    const { handlers, data } = attempt;
    const last = handlers.length - 1;
    for (let i = 0; i <= last; i++)
      this.calls.push(new HandlerCall(this, handlers[i]!, i === last ? data : attempt.copy(data)));
    this.open = handlers.length;
  }

  get signal(): AbortSignal {
    return this.attemptSignal().value;
  }

  get waitsFor(): readonly string[] {
    return this.calls.filter((call) => !call.isOver).map(({ handler }) => handler.name);
  }

  abandon(reason: Error): void {
    if (this.isOver) return;
    this.attemptSignal().abort(reason);
    for (const call of this.calls) call.abandon(reason);
    this.end('abandoned');
  }

  start(): void {
    const { handlerTimeoutMs } = this.options;
    if (handlerTimeoutMs !== undefined)
      this.timer = setTimeout(() => this.timeOut(handlerTimeoutMs), handlerTimeoutMs);
    if (this.calls.length === 0) this.end(NO_FAILURE);
    else this.runFrom(0);
  }

  /** Whoever called saw to it that the handler may begin in this turn of the loop. */
  private runFrom(first: number): void {
    this.calls[first]!.run();
    for (let i = first + 1; i < this.calls.length; i++) {
      const { handler } = this.calls[i]!;
      if (!loopBudget.mayBegin()) {
        loopBudget.whenFree(() => {
          if (this.isOver) return;
          loopBudget.begin(handler);
          this.runFrom(i);
        });
        return;
      }
      loopBudget.begin(handler);
      this.calls[i]!.run();
    }
  }

  /** A call ended, in time or not. */
  ended(): void {
    if (--this.open === 0) this.end(this.failures());
  }

  private timeOut(ms: number): void {
    const { place } = this.attempt;
    const slow = this.calls.filter((call) => !call.isOver);
    for (const call of slow) call.giveUp(new HandlerTimeoutError(call.handler.name, ms, place));
    const names = slow.map(({ handler }) => handler.name).join(', ');
    this.attemptSignal().abort(new HandlerTimeoutError(names, ms, place));
    this.end(this.failures());
  }

  /** The first result counts. */
  private end(result: DispatchResult): void {
    if (this.isOver) return;
    this.isOver = true;
    if (this.timer) clearTimeout(this.timer);
    this.ownSignal?.release();
    this.over(result);
  }

  /** In the order of the handlers, not of their failures. */
  private failures(): ReadonlyMap<EventHandler, unknown> {
    let failures: Map<EventHandler, unknown> | undefined;
    for (const { handler, failure } of this.calls)
      if (failure) (failures ??= new Map<EventHandler, unknown>()).set(handler, failure.error);
    return failures ?? NO_FAILURE;
  }

  private attemptSignal(): AttemptSignal {
    if (!this.ownSignal) {
      this.ownSignal = new AttemptSignal(() => this.attempt.lost);
      if (this.isOver) this.ownSignal.release();
    }
    return this.ownSignal;
  }
}

/** The call of one handler in an attempt. */
class HandlerCall {
  isOver = false;
  failure: { readonly error: unknown } | undefined;
  private readonly context: OpenEdxEventContext;
  private readonly asyncContext: AsyncResource;
  private observed: HandlerRun | undefined;

  constructor(
    private readonly attempt: DispatchRun,
    readonly handler: EventHandler,
    private readonly data: unknown,
  ) {
    this.asyncContext = forkOf(importContext);
    this.context = attempt.attempt.contextWith(attempt, handler);
  }

  run(): void {
    this.observed = this.attempt.options.observer?.begin(this.handler, this.context);
    let result: unknown;
    try {
      result = this.around(() => this.handler.invoke(this.data, this.context));
    } catch (error) {
      this.failed(error);
      return;
    }
    this.waitFor(result);
  }

  /**
   * Waits for what the handler returned: a promise, an Observable, or a promise of one. With anything else it is done before
   * this returns. What cannot be looked at, such as an object whose `then` throws, is a failure of the handler. Never throws.
   */
  private waitFor(result: unknown): void {
    let settled: Promise<unknown> | undefined;
    try {
      if (isThenable(result)) settled = Promise.resolve(result);
    } catch (error) {
      this.failed(error);
      return;
    }
    if (settled)
      settled.then(
        (value) => this.whenComplete(value),
        (error: unknown) => this.failed(error),
      );
    else this.whenComplete(result);
  }

  private whenComplete(value: unknown): void {
    let completed: Promise<void> | undefined;
    try {
      if (isObservable(value)) completed = this.subscribe(value);
    } catch (error) {
      this.failed(error);
      return;
    }
    if (completed)
      completed.then(
        () => this.succeeded(),
        (error: unknown) => this.failed(error),
      );
    else this.succeeded();
  }

  /** Subscribes where the handler itself would have; resolves at the end. */
  private async subscribe(source: Observable<unknown>): Promise<void> {
    await this.around(() => lastOf(source, this.context.signal));
  }

  private succeeded(): void {
    this.handler.succeeded?.();
    this.done();
  }

  private done(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.observed?.end(this.thrown);
    this.attempt.ended();
  }

  private failed(error: unknown): void {
    this.handler.failed?.(error);
    if (!this.isOver) this.failure = { error };
    this.done();
  }

  /** It is no longer waited for. */
  giveUp(error: Error): void {
    this.isOver = true;
    this.failure = { error };
    this.observed?.end(this.thrown);
  }

  /** Nobody waits for the attempt any longer. */
  abandon(reason: Error): void {
    if (!this.isOver) this.observed?.end({ thrown: reason });
  }

  private get thrown(): { readonly thrown: unknown } | undefined {
    return this.failure && { thrown: this.failure.error };
  }

  private around<T>(run: () => T): T {
    const { observed } = this;
    const { aroundEvent } = this.attempt.options;
    if (observed?.span)
      return this.asyncContext.runInAsyncScope(() =>
        observed.run(() => (aroundEvent ? aroundEvent(this.context, run) : run())),
      );
    if (!aroundEvent) return this.asyncContext.runInAsyncScope(run);
    return this.asyncContext.runInAsyncScope(aroundEvent<T>, undefined, this.context, run);
  }
}

/** The signal of one attempt at an event, made when somebody first asks for it: most handlers never do. */
export class AttemptSignal {
  private controller: AbortController | undefined;
  private aborted: { readonly reason: unknown } | undefined;
  private released = false;
  private lost: AbortSignal | undefined;
  private readonly onLost = (): void => this.abort(this.lost?.reason);

  /** `lostSignal` fires when the record is no longer ours. */
  constructor(private readonly lostSignal: () => AbortSignal) {}

  /** Takes any number of listeners: how many a handler needs is its own affair. */
  get value(): AbortSignal {
    if (this.controller) return this.controller.signal;
    this.controller = new AbortController();
    setMaxListeners(0, this.controller.signal);
    if (this.aborted) this.controller.abort(this.aborted.reason);
    else this.follow(this.lostSignal());
    return this.controller.signal;
  }

  abort(reason: unknown): void {
    this.aborted ??= { reason };
    this.controller?.abort(reason);
  }

  /** The attempt is over: what becomes of the record no longer fires the signal. */
  release(): void {
    this.released = true;
    this.lost?.removeEventListener('abort', this.onLost);
  }

  private follow(lost: AbortSignal): void {
    this.lost = lost;
    if (lost.aborted) this.onLost();
    if (lost.aborted || this.released) return;
    // As many handlers as an event has listen at the same time.
    setMaxListeners(0, lost);
    lost.addEventListener('abort', this.onLost);
  }
}
