import type { EventBusErrorPlace } from '../../errors/index.js';
import type { OpenEdxEventContext } from '../handlers/event-context.js';
import type { EventHandler } from '../handlers/handler-registry.js';
import type {
  Dispatch,
  DispatchResult,
  EventDispatcher,
  RunningDispatch,
  SignalHolder,
} from '../processing/event-dispatcher.js';
import { loopBudget } from '../processing/loop-budget.js';
import { ClaimedElsewhereError } from './claimed-elsewhere.error.js';
import type { EventClaim, EventMarks } from './event-marks.js';

export interface IdempotentDispatcherOptions {
  /** Calls the handlers. */
  readonly inner: EventDispatcher;
  readonly marks: EventMarks;
  /** Whether handlers get what they have handled before. */
  readonly again: boolean;
}

/**
 * Dispatches an event to its idempotent handlers only where each has not handled it yet and nobody else is handling it. The
 * result comes when the store has the mark of every handler that succeeded.
 */
export class IdempotentDispatcher implements Pick<EventDispatcher, 'dispatch'> {
  constructor(private readonly options: IdempotentDispatcherOptions) {}

  /** As `EventDispatcher.dispatch`. Time that the store takes does not count as time of a handler. */
  dispatch(attempt: Dispatch, over: (result: DispatchResult) => void): RunningDispatch {
    if (!attempt.handlers.some(({ idempotent }) => idempotent))
      return this.options.inner.dispatch(attempt, over);
    const run = new IdempotentRun(attempt, this.options, over);
    void run.run();
    return run;
  }
}

type Outcome =
  { readonly claim: EventClaim } | { readonly error: unknown } | 'handledBefore' | 'notIdempotent';

/** One attempt, from its claims to its marks. */
class IdempotentRun implements RunningDispatch {
  private inner: RunningDispatch | undefined;
  private isOver = false;
  private abandoned: Error | undefined;

  constructor(
    private readonly attempt: Dispatch,
    private readonly options: IdempotentDispatcherOptions,
    private readonly over: (result: DispatchResult) => void,
  ) {}

  get waitsFor(): readonly string[] {
    return this.inner?.waitsFor ?? this.attempt.handlers.map(({ name }) => name);
  }

  abandon(reason: Error): void {
    this.abandoned ??= reason;
    this.inner?.abandon(reason);
    this.end('abandoned');
  }

  /** Never rejects. */
  async run(): Promise<void> {
    const { handlers } = this.attempt;
    const outcomes = await Promise.all(handlers.map((handler) => this.claim(handler)));
    const failures = new Map<EventHandler, unknown>();
    const claimed = new Map<EventHandler, ClaimedHandler>();
    const ready: EventHandler[] = [];
    for (const [i, handler] of handlers.entries()) {
      const outcome = outcomes[i]!;
      if (outcome === 'handledBefore') this.attempt.handledBefore?.(handler);
      else if (outcome === 'notIdempotent') ready.push(handler);
      else if ('error' in outcome) failures.set(handler, outcome.error);
      else {
        const ours = new ClaimedHandler(handler, outcome.claim, this.options.marks);
        claimed.set(handler, ours);
        ready.push(ours);
      }
    }
    const result = await this.dispatch(ready);
    if (result === 'abandoned') return this.end(result);
    for (const handler of handlers) {
      const called = claimed.get(handler) ?? handler;
      if (result.has(called)) failures.set(handler, result.get(called));
    }
    const marked = await Promise.all([...claimed.values()].map((handler) => handler.marked()));
    this.end(marked.includes(false) ? 'abandoned' : failures);
  }

  private async claim(handler: EventHandler): Promise<Outcome> {
    if (!handler.idempotent) return 'notIdempotent';
    const { marks, again } = this.options;
    const { name, group } = handler;
    try {
      const { eventId = '' } = this.attempt.place;
      const claim = await marks.claim({ group, handler: name, eventId }, again);
      if (claim === 'done') return 'handledBefore';
      return claim === 'busy' ? { error: new ClaimedElsewhereError(name) } : { claim };
    } catch (error) {
      return { error };
    }
  }

  /** Calls the handlers as soon as the loop is free for them. Never rejects. */
  private dispatch(ready: readonly EventHandler[]): Promise<DispatchResult> {
    if (ready.length === 0) return Promise.resolve(new Map());
    return new Promise((resolve) => {
      const failed = (error: unknown): void => {
        for (const handler of ready) if (handler instanceof ClaimedHandler) handler.giveUp();
        resolve(new Map(ready.map((handler) => [handler, error])));
      };
      const over = (result: DispatchResult): void => {
        if (result !== 'abandoned')
          for (const handler of result.keys())
            if (handler instanceof ClaimedHandler) handler.giveUp();
        resolve(result);
      };
      const go = (): void => {
        if (this.isOver) return failed(this.abandoned);
        try {
          loopBudget.begin(ready[0]!);
          const attempt = new ClaimedDispatch(this.attempt, ready);
          this.inner = this.options.inner.dispatch(attempt, over);
        } catch (error) {
          failed(error);
        }
      };
      if (loopBudget.mayBegin()) go();
      else loopBudget.whenFree(go);
    });
  }

  /** The first result counts. */
  private end(result: DispatchResult): void {
    if (this.isOver) return;
    this.isOver = true;
    this.over(result);
  }
}

/** The attempt, for the handlers that are to be called. */
class ClaimedDispatch implements Dispatch {
  constructor(
    private readonly attempt: Dispatch,
    readonly handlers: readonly EventHandler[],
  ) {}

  get place(): EventBusErrorPlace {
    return this.attempt.place;
  }
  get data(): unknown {
    return this.attempt.data;
  }
  copy(data: unknown): unknown {
    return this.attempt.copy(data);
  }
  contextWith(told: SignalHolder, handler: EventHandler): OpenEdxEventContext {
    return this.attempt.contextWith(told, handler);
  }
  get lost(): AbortSignal {
    return this.attempt.lost;
  }
}

/**
 * A handler that has claimed the event. Its mark is written as soon as it has succeeded, whatever other handlers do, and also
 * when nobody waits for it any longer.
 */
class ClaimedHandler implements EventHandler {
  readonly name: string;
  readonly group: string;
  readonly pattern: string;
  readonly topics: readonly string[];
  private hasEnded = false;
  private marking: Promise<boolean> | undefined;

  constructor(
    private readonly handler: EventHandler,
    private readonly claim: EventClaim,
    private readonly marks: EventMarks,
  ) {
    ({ name: this.name, group: this.group, pattern: this.pattern, topics: this.topics } = handler);
  }

  invoke(data: unknown, context: OpenEdxEventContext): unknown {
    return this.handler.invoke(data, context);
  }

  succeeded(): void {
    this.handler.succeeded?.();
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.marking = this.marks.complete(this.claim, this.handler.idempotent!.ttlMs);
  }

  failed(error: unknown): void {
    this.handler.failed?.(error);
    this.giveUp();
  }

  /** It failed, or counts as failed while it still runs. */
  giveUp(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.marks.release(this.claim);
  }

  /** Resolves when its mark is stored, at once where it has none; false: it never will be. */
  async marked(): Promise<boolean> {
    return (await this.marking) ?? true;
  }
}
