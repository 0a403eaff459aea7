import { setMaxListeners } from 'node:events';
import { HandlerTimeoutError, type EventBusErrorPlace } from '../errors/index.js';
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
  /** A context of its own for each handler. */
  contextWith(signal: AbortSignal): OpenEdxEventContext;
  /** The record is no longer ours: handlers are told, and still waited for. */
  readonly lost: AbortSignal;
  /** Nobody waits any longer: handlers are told, and left behind. */
  readonly abandon: AbortSignal;
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
  async dispatch(attempt: Dispatch): Promise<DispatchResult> {
    const { handlers, data } = attempt;
    const last = handlers.length - 1;
    const copies = handlers.map((_, i) => (i === last ? data : attempt.copy(data)));
    const abort = new AbortController();
    const open = new Set(handlers);
    const failures = new Map<EventHandler, unknown>();

    const runs = handlers.map(async (handler, i) => {
      try {
        await this.call(handler, copies[i], attempt.contextWith(abort.signal));
      } catch (error) {
        if (open.has(handler)) failures.set(handler, error);
      } finally {
        open.delete(handler);
      }
    });

    const stop = this.watch(attempt, abort, open, failures);
    const result = await Promise.race([Promise.all(runs), stop.early]);
    stop.clear();
    if (result === 'abandoned') return result;
    // In the order of the handlers, not of their failures.
    return new Map(
      handlers.filter((h) => failures.has(h)).map((h) => [h, failures.get(h)] as const),
    );
  }

  private async call(
    handler: EventHandler,
    data: unknown,
    context: OpenEdxEventContext,
  ): Promise<void> {
    const run = async (): Promise<void> => handler.invoke(data, context);
    await (this.options.aroundEvent ? this.options.aroundEvent(context, run) : run());
  }

  private watch(
    { lost, abandon, place }: Dispatch,
    abort: AbortController,
    open: Set<EventHandler>,
    failures: Map<EventHandler, unknown>,
  ): { early: Promise<'abandoned' | 'timeout'>; clear(): void } {
    const { handlerTimeoutMs } = this.options;
    const onLost = (): void => abort.abort(lost.reason);
    let timer: NodeJS.Timeout | undefined;
    let onAbandon = (): void => undefined;
    const early = new Promise<'abandoned' | 'timeout'>((resolve) => {
      onAbandon = () => {
        abort.abort(abandon.reason);
        resolve('abandoned');
      };
      if (handlerTimeoutMs === undefined) return;
      timer = setTimeout(() => {
        for (const handler of open) {
          failures.set(handler, new HandlerTimeoutError(handler.name, handlerTimeoutMs, place));
        }
        const slow = [...open].map((handler) => handler.name).join(', ');
        open.clear();
        abort.abort(new HandlerTimeoutError(slow, handlerTimeoutMs, place));
        resolve('timeout');
      }, handlerTimeoutMs);
    });
    // As many events as there are lanes listen at the same time.
    setMaxListeners(0, lost, abandon);
    lost.addEventListener('abort', onLost);
    abandon.addEventListener('abort', onAbandon);
    if (lost.aborted) onLost();
    if (abandon.aborted) onAbandon();
    return {
      early,
      clear: () => {
        clearTimeout(timer);
        lost.removeEventListener('abort', onLost);
        abandon.removeEventListener('abort', onAbandon);
      },
    };
  }
}
