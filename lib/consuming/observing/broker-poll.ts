import { importContext } from '../../common/async-contexts.js';
import { monotonicNow } from '../../common/clocks.js';
import { endBy } from '../../common/waiting.js';
import { messageOf } from '../../errors/foreign-error.js';

/** A question that takes longer is given up. */
const ANSWER_MS = 10_000;

export interface BrokerPollOptions<T> {
  readonly everyMs: number;
  readonly ask: () => Promise<T>;
  /** Told of each answer; undefined: there is none, or the poll has stopped. */
  readonly told: (answer: T | undefined) => void;
  /** Told once why there is no answer, until there is one again. */
  readonly failed: (reason: string) => void;
}

/** Asks the broker something on a timer of its own, which keeps no process alive. */
export class BrokerPoll<T> {
  private timer: NodeJS.Timeout | undefined;
  private isAsking = false;
  private isFailing = false;

  constructor(private readonly options: BrokerPollOptions<T>) {}

  /** Asks now, and from now on. Idempotent. */
  start(): void {
    if (this.timer) return;
    // Who starts it may be a request or a span, which it does not belong to.
    importContext.runInAsyncScope(() => {
      this.timer = setInterval(() => void this.ask(), this.options.everyMs).unref();
      void this.ask();
    });
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.options.told(undefined);
  }

  /** One question at a time. Never rejects. */
  private async ask(): Promise<void> {
    if (this.isAsking) return;
    this.isAsking = true;
    let answer: { readonly value: T } | undefined;
    let failure: unknown;
    const asked = this.options.ask().then(
      (value) => (answer = { value }),
      (error: unknown) => (failure = error),
    );
    const inTime = await endBy(monotonicNow() + ANSWER_MS, asked);
    this.isAsking = false;
    if (!this.timer) return;
    this.options.told(answer?.value);
    if (!answer)
      this.fail(inTime ? messageOf(failure) : `the broker did not answer within ${ANSWER_MS} ms`);
    else this.isFailing = false;
  }

  private fail(reason: string): void {
    if (this.isFailing) return;
    this.isFailing = true;
    this.options.failed(reason);
  }
}
