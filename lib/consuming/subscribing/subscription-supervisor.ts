import { monotonicNow } from '../../common/clocks.js';
import { messageOf } from '../../errors/foreign-error.js';
import { ClosedError, ConfigurationError, MissingPeerError } from '../../errors/index.js';
import { watchAdmission } from './admission-watch.js';
import { jitteredDelayAfter, Deadline, sleep } from '../deadline.js';
import type { ProcessingContext } from '../processing/processing-context.js';
import { asError } from '../../errors/thrown-text.js';
import { GroupSubscription } from './group-subscription.js';

/** How often in a row a subscription may be lost that came back and delivered nothing. */
const MOST_LOSSES = 10;

/** Keeps one group subscribed: when the transport gives a subscription up, makes it anew. */
export class SubscriptionSupervisor {
  private readonly stopping = new AbortController();
  private readonly whenStopping: Promise<'stopping'>;
  private run: GroupSubscription | undefined;
  private keeping: Promise<void> | undefined;

  constructor(
    private readonly parts: ProcessingContext,
    private readonly group: string,
    private readonly topics: readonly string[],
    /** The subscription is lost and could not be made anew. */
    private readonly onLost: (error: Error) => void,
  ) {
    this.whenStopping = new Promise((resolve) => {
      this.stopping.signal.addEventListener('abort', () => resolve('stopping'));
    });
  }

  /** Resolves when the group is subscribed, which may let us in later. Rejects as the transport does. */
  async open(): Promise<void> {
    await this.subscribe();
    this.keeping = this.keep();
  }

  /** As `open`, but tries until it succeeds or is closed. Never rejects. */
  async openPatiently(): Promise<void> {
    const opened = this.subscribePatiently(Infinity);
    this.keeping = opened.then((subscribed) => (subscribed ? this.keep() : undefined));
    await opened;
  }

  /** As `GroupSubscription.close`, for good. */
  async close(deadline: Deadline): Promise<void> {
    this.stopping.abort();
    await this.run?.close(deadline);
    await Promise.race([this.keeping, deadline.passed]);
  }

  private async subscribe(): Promise<void> {
    const { parts, group } = this;
    const run = (this.run = new GroupSubscription(parts, group, this.topics));
    await run.open();
    if (!run.isAdmitted)
      void watchAdmission(parts, {
        group,
        admission: () => run.admission(),
        admitted: run.admitted,
      });
  }

  /** True once subscribed; false when stopped, or lost for good (then `onLost` was told). */
  private async subscribePatiently(giveUpAfterMs: number): Promise<boolean> {
    const { status, logger, timing } = this.parts;
    const giveUpAt = monotonicNow() + giveUpAfterMs;
    for (let failures = 1; !this.stopping.signal.aborted; failures++) {
      try {
        await this.subscribe();
        return true;
      } catch (thrown) {
        const error = asError(thrown);
        if (isForGood(error) || error instanceof ClosedError || monotonicNow() >= giveUpAt) {
          if (!this.stopping.signal.aborted) this.onLost(error);
          return false;
        }
        status.fault(this.faultKey, error);
        logger.warn(`Group ${this.group} is not subscribed, and tries again: ${messageOf(error)}`);
      }
      await sleep(jitteredDelayAfter(timing.serviceFault, failures), this.stopping.signal);
    }
    return false;
  }

  private async keep(): Promise<void> {
    const { logger, status, timing } = this.parts;
    let losses = 0;
    for (let run = this.run; run; run = this.run) {
      const hasProved = this.hasProved(run);
      if (losses < 2) status.heal(this.faultKey);
      else void hasProved.then((proved) => proved && status.heal(this.faultKey));
      const end = await Promise.race([this.whenStopping, run.ended]);
      if (this.stopping.signal.aborted) return;
      losses = (await hasProved) ? 1 : losses + 1;
      const why =
        end instanceof Error ? end : new ClosedError('The subscription', { group: this.group });
      const isOver = isForGood(why) || losses > MOST_LOSSES;
      const next = isOver ? '' : ' and makes it anew';
      logger.error(`Group ${this.group} lost its subscription${next}: ${messageOf(why)}`);
      status.fault(this.faultKey, why);
      await this.closeLost(run);
      if (this.stopping.signal.aborted) return;
      if (isOver) {
        this.onLost(why);
        return;
      }
      if (losses > 1)
        await sleep(jitteredDelayAfter(timing.serviceFault, losses - 1), this.stopping.signal);
      if (!(await this.subscribePatiently(timing.rebuildLimitMs))) return;
      logger.log(`Group ${this.group} is subscribed again`);
    }
  }

  /** What was in hand must be over first: its records come again to the new subscription. */
  private async closeLost(run: GroupSubscription): Promise<void> {
    const closing = new Deadline(monotonicNow() + this.parts.timing.rebuildLimitMs);
    await run.close(closing);
    closing.clear();
  }

  /** True once it delivered something or has lasted for a while in its group; false when it ended before. */
  private async hasProved(run: GroupSubscription): Promise<boolean> {
    if (!(await run.admitted)) return false;
    const lasting = new Deadline(monotonicNow() + this.parts.timing.rebuildLimitMs);
    const proved = await Promise.race([
      run.served.then(() => true),
      lasting.passed.then(() => true),
      run.ended.then(() => false),
      this.whenStopping.then(() => false),
    ]);
    lasting.clear();
    return proved;
  }

  private get faultKey(): string {
    return `group ${this.group}`;
  }
}

function isForGood(error: Error): boolean {
  return error instanceof ConfigurationError || error instanceof MissingPeerError;
}
