import { HandlerTimeoutError, type EventBusErrorPlace } from '../errors/index.js';
import { AttemptSignal } from './attempt-signal.js';
import type { Abandonment } from './deadline.js';
import type { OpenEdxEventContext } from './event-context.js';
import type { EventHandler } from './event-handler.interface.js';

export interface DispatcherOptions {
  readonly handlerTimeoutMs: number | undefined;
  readonly aroundEvent?: <T>(context: OpenEdxEventContext, run: () => Promise<T>) => Promise<T>;
}

/** One attempt at one event. */
export interface Dispatch {
  readonly handlers: readonly EventHandler[];
  /** For errors that the dispatcher makes. */
  readonly place: EventBusErrorPlace;
  /** Given to the dispatcher: the last handler may take it. */
  readonly data: unknown;
  copy(data: unknown): unknown;
  /** A context of its own for each handler; the signal is made when it is asked for. */
  contextWith(signal: () => AbortSignal): OpenEdxEventContext;
  /** The record is no longer ours: handlers are told, and still waited for. */
  readonly lost: AbortSignal;
  /** Nobody waits any longer: handlers are told, and left behind. */
  readonly abandon: Abandonment;
}

/** What each failed handler threw; or `abandoned`, when not all had ended. */
export type DispatchResult = ReadonlyMap<EventHandler, unknown> | 'abandoned';

/** Runs the handlers of an event side by side, each with its own copy of the data. */
export class EventDispatcher {
  constructor(private readonly options: DispatcherOptions) {}

  /**
   * Resolves when every handler has ended, one failing handler does not keep the others from it.
   * A handler that is not done within `handlerTimeoutMs` counts as failed with HandlerTimeoutError;
   * the signal in its context fires and it is left behind. Never rejects but for a fault of `copy`.
   */
  dispatch(attempt: Dispatch): Promise<DispatchResult> {
    return new Promise((resolve) => new DispatchRun(attempt, this.options, resolve).start());
  }
}

const NO_FAILURE: ReadonlyMap<EventHandler, unknown> = new Map();

/** One attempt, until it has its result. */
class DispatchRun {
  private readonly open: Set<EventHandler>;
  private readonly failures = new Map<EventHandler, unknown>();
  private readonly signal: AttemptSignal;
  private timer: NodeJS.Timeout | undefined;
  private readonly onAbandon = (): void => {
    this.signal.abort(this.attempt.abandon.reason);
    this.end('abandoned');
  };

  constructor(
    private readonly attempt: Dispatch,
    private readonly options: DispatcherOptions,
    private readonly resolve: (result: DispatchResult) => void,
  ) {
    this.open = new Set(attempt.handlers);
    this.signal = new AttemptSignal(() => attempt.lost);
  }

  start(): void {
    const { handlers, data, abandon } = this.attempt;
    const last = handlers.length - 1;
    const copies = handlers.map((_, i) => (i === last ? data : this.attempt.copy(data)));
    const { handlerTimeoutMs } = this.options;
    if (handlerTimeoutMs !== undefined)
      this.timer = setTimeout(() => this.timeOut(handlerTimeoutMs), handlerTimeoutMs);
    abandon.on(this.onAbandon);
    if (abandon.reason) this.onAbandon();
    handlers.forEach((handler, i) => this.run(handler, copies[i]));
    if (handlers.length === 0) this.end(NO_FAILURE);
  }

  private run(handler: EventHandler, data: unknown): void {
    try {
      this.call(handler, data).then(
        () => this.ended(handler),
        (error: unknown) => this.failed(handler, error),
      );
    } catch (error) {
      this.failed(handler, error);
    }
  }

  private call(handler: EventHandler, data: unknown): Promise<void> {
    const context = this.attempt.contextWith(() => this.signal.value);
    const { aroundEvent } = this.options;
    return aroundEvent
      ? aroundEvent(context, () => handler.invoke(data, context))
      : handler.invoke(data, context);
  }

  private failed(handler: EventHandler, error: unknown): void {
    if (this.open.has(handler)) this.failures.set(handler, error);
    this.ended(handler);
  }

  private ended(handler: EventHandler): void {
    if (!this.open.delete(handler) || this.open.size > 0) return;
    this.end(this.failuresInOrder());
  }

  private timeOut(ms: number): void {
    const { place } = this.attempt;
    const slow = [...this.open];
    for (const handler of slow)
      this.failures.set(handler, new HandlerTimeoutError(handler.name, ms, place));
    this.open.clear();
    const names = slow.map((handler) => handler.name).join(', ');
    this.signal.abort(new HandlerTimeoutError(names, ms, place));
    this.end(this.failuresInOrder());
  }

  /** The first result counts. */
  private end(result: DispatchResult): void {
    clearTimeout(this.timer);
    this.attempt.abandon.off(this.onAbandon);
    this.signal.release();
    this.resolve(result);
  }

  /** In the order of the handlers, not of their failures. */
  private failuresInOrder(): ReadonlyMap<EventHandler, unknown> {
    if (this.failures.size === 0) return NO_FAILURE;
    const failed = this.attempt.handlers.filter((handler) => this.failures.has(handler));
    return new Map(failed.map((handler) => [handler, this.failures.get(handler)]));
  }
}
