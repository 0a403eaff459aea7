import { monotonicNow } from '../common/clocks.js';
import { resolvable } from '../common/waiting.js';
import type { StartPosition, Subscription } from '../transport/transport.interface.js';
import {
  type ConsumerRuntimeOptions,
  processingContext,
  type ProcessingContext,
  flushWarnings,
} from './processing/processing-context.js';
import { Deadline } from './deadline.js';
import { GroupSubscription } from './subscribing/group-subscription.js';

/** A part of one topic, and the group whose handlers get it. */
export interface ReplayRange {
  readonly group: string;
  /** Without prefix. */
  readonly topic: string;
  readonly start: StartPosition;
  readonly until: NonNullable<Subscription['until']>;
  /** Whether idempotent handlers get also what they have handled. Default false. */
  readonly again?: boolean;
}

/**
 * Runs handlers once over a range of a topic, with retries and failure policy as in consuming, and
 * without a group at the broker: nobody's position moves, and live members are not disturbed.
 */
export class EventReplay {
  private readonly parts: ProcessingContext;
  private readonly failed = resolvable<Error>();
  private subscription: GroupSubscription | undefined;
  private stopping: Promise<void> | undefined;

  constructor(
    private readonly options: Omit<
      ConsumerRuntimeOptions,
      'onFatal' | 'start' | 'member' | 'again'
    >,
    private readonly range: ReplayRange,
  ) {
    const fail = this.failed.resolve;
    this.parts = processingContext(
      { ...options, again: range.again, onFatal: fail },
      { halted: fail, tooManyErrors: fail },
    );
  }

  /**
   * Resolves when every record of the range was handled or recovered, and when it was stopped. Rejects
   * when the handlers must not go on (HaltedError, TooManyErrorsError), or the transport cannot. To be
   * called once.
   */
  async run(): Promise<void> {
    if (this.stopping) return;
    const { group, topic, start, until } = this.range;
    this.subscription = new GroupSubscription(this.parts, {
      ...{ group, topics: [topic] },
      range: { start, until },
    });
    await this.subscription.open();
    const end = await Promise.race([this.subscription.ended, this.failed.promise]);
    await this.stop(monotonicNow() + this.options.settings.shutdownTimeoutMs);
    if (end instanceof Error) throw end;
  }

  /** Lets running handlers finish until `deadline` (by `monotonicNow`), and begins no more. Never rejects. */
  stop(deadline: number): Promise<void> {
    return (this.stopping ??= this.close(new Deadline(deadline)));
  }

  private async close(deadline: Deadline): Promise<void> {
    await this.subscription?.close(deadline);
    deadline.clear();
    flushWarnings(this.parts);
  }
}
