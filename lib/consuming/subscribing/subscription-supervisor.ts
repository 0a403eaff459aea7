import { endBy, pauseFor, jitteredDelayAfter } from '../../common/waiting.js';
import { monotonicNow } from '../../common/clocks.js';
import { codeOf } from '../../errors/error-code.js';
import { messageOf } from '../../errors/foreign-error.js';
import {
  ClosedError,
  ConfigurationError,
  EventBusError,
  MissingPeerError,
  ServiceUnavailableError,
} from '../../errors/index.js';
import { Deadline } from '../deadline.js';
import type { ProcessingContext } from '../processing/processing-context.js';
import { asError } from '../../errors/thrown-values.js';
import { type GroupReading, GroupSubscription } from './group-subscription.js';
import { outsideText } from '../../errors/outside-text.js';
import { fullTopic } from '../../transport/topic-prefix.js';
import type { Admission, SourceLag } from '../../transport/transport.interface.js';

/** How often in a row a subscription may be lost that came back and delivered nothing. */
const MOST_LOSSES = 10;

/** Keeps one group subscribed: subscribes again when the transport gives a subscription up. */
export class SubscriptionSupervisor {
  private readonly stopping = new AbortController();
  private readonly whenStopping: Promise<'stopping'>;
  private run: GroupSubscription | undefined;
  private keeping: Promise<void> | undefined;

  constructor(
    private readonly parts: ProcessingContext,
    private readonly reading: GroupReading,
    /** The subscription is lost and could not be made anew. */
    private readonly onLost: (error: Error) => void,
  ) {
    this.whenStopping = new Promise((resolve) => {
      this.stopping.signal.addEventListener('abort', () => resolve('stopping'));
    });
  }

  /** Resolves when the group is subscribed, which may admit this member later. Rejects as the transport does. */
  async open(): Promise<void> {
    await this.subscribe();
    this.keeping = this.keep();
  }

  /** As `open`, but tries until it succeeds or is closed. Never rejects. */
  async openWithRetry(): Promise<void> {
    const opened = this.subscribePatiently(Infinity);
    this.keeping = opened.then((subscribed) => (subscribed ? this.keep() : undefined));
    await opened;
  }

  /** As `GroupSubscription.lag`, of the present subscription. */
  async lag(): Promise<readonly SourceLag[]> {
    return (await this.run?.lag()) ?? [];
  }

  /** As `GroupSubscription.close`, for good. */
  async close(deadline: Deadline): Promise<void> {
    this.stopping.abort();
    await this.run?.close(deadline);
    await Promise.race([this.keeping, deadline.passed]);
  }

  private async subscribe(): Promise<void> {
    const { parts, group } = this;
    const run = (this.run = new GroupSubscription(parts, this.reading));
    await run.open();
    if (!run.isAdmitted && !this.reading.isAside)
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
      let delayMs: number;
      try {
        await this.subscribe();
        return true;
      } catch (thrown) {
        const error = asError(thrown);
        const isLate = monotonicNow() >= giveUpAt;
        const isOver = isForGood(error) || error instanceof ClosedError;
        if (isOver || (isLate && (await this.brokerAnswers()))) {
          if (!this.stopping.signal.aborted) this.onLost(error);
          return false;
        }
        status.fault(this.faultKey, error);
        delayMs = Math.round(jitteredDelayAfter(timing.serviceFault, failures));
        logger.warn(
          `Group ${this.group} could not subscribe, retrying in ${delayMs} ms: ${messageOf(error)}`,
          { group: this.group, code: codeOf(error) },
        );
      }
      await pauseFor(delayMs, this.stopping.signal);
    }
    return false;
  }

  /**
   * Whether a restart may help a group that cannot subscribe: not while the broker is unavailable to others too. A transport
   * that has nothing to ask it for counts as one that it answers.
   */
  private async brokerAnswers(): Promise<boolean> {
    const { transport, settings } = this.parts;
    if (!transport.admin) return true;
    const topic = fullTopic(settings.topicPrefix, this.reading.topics[0]!);
    let isAnswered = false;
    const asked = transport.admin.positions(this.group, topic).then(
      () => void (isAnswered = true),
      () => undefined,
    );
    await endBy(monotonicNow() + ANSWER_MS, asked);
    return isAnswered;
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
      const why = end instanceof Error ? end : endedError(this.group);
      const isOver = isForGood(why) || losses > MOST_LOSSES;
      const next = isOver ? UNTIL_RESTART : ', resubscribing';
      logger.error(`Group ${this.group} lost its subscription${next}: ${messageOf(why)}`, {
        group: this.group,
        code: codeOf(why),
      });
      status.fault(this.faultKey, why);
      await this.closeLost(run);
      if (this.stopping.signal.aborted) return;
      if (isOver) {
        this.onLost(why);
        return;
      }
      if (losses > 1)
        await pauseFor(jitteredDelayAfter(timing.serviceFault, losses - 1), this.stopping.signal);
      if (!(await this.subscribePatiently(timing.rebuildLimitMs))) return;
      logger.log(`Group ${this.group} resubscribed`, { group: this.group });
    }
  }

  /** What was in flight must be over first: its records are redelivered to the new subscription. */
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

  get group(): string {
    return this.reading.group;
  }

  private get faultKey(): string {
    return `group ${this.group}`;
  }
}

function endedError(group: string): EventBusError {
  return new EventBusError('CLOSED', 'the transport ended it without a reason', { group });
}

const UNTIL_RESTART =
  ' permanently; this process receives no more events of the group until it is restarted';

function isForGood(error: Error): boolean {
  return error instanceof ConfigurationError || error instanceof MissingPeerError;
}

/** How long the broker may take to say what the group waits for. */
const ANSWER_MS = 5_000;
/** For a transport that does not say how long a group may take. */
const WITHIN_MS = 60_000;

/** What is seen of a subscription on its way into its group. */
export interface Joining {
  readonly group: string;
  /** As `SubscriptionHandle.admission`. */
  readonly admission: () => Promise<Admission>;
  /** Resolves when the group has admitted this member (true), or the subscription is over or closing (false). */
  readonly admitted: Promise<boolean>;
}

/**
 * Shows in the status that a group has not admitted this member yet; after a while the log says what it waits for, and a group
 * that takes longer than it may is a fault. Resolves with `admitted`. Never rejects.
 */
async function watchAdmission(
  parts: Pick<ProcessingContext, 'status' | 'logger' | 'timing'>,
  { group, admission, admitted }: Joining,
): Promise<void> {
  const { status, logger, timing } = parts;
  const faultKey = `joining ${group}`;
  const name = outsideText(group);
  const begun = monotonicNow();
  const seconds = (): number => Math.round((monotonicNow() - begun) / 1_000);
  status.joining(group);
  if (!(await endBy(monotonicNow() + timing.admissionNoticeMs, admitted))) {
    const { reason, withinMs } = await answerOf(admission);
    const limit = Math.round(withinMs / 1_000);
    if (!(await endBy(monotonicNow(), admitted)))
      logger.warn(
        `Group ${name} has not admitted this process for ${seconds()} s, so it receives no events of the group yet: ` +
          `${outsideText(reason)}. This process keeps trying; after ${limit} s the status is degraded`,
        { group },
      );
    if (!(await endBy(begun + withinMs, admitted))) {
      const late = new ServiceUnavailableError(
        'Consumer group',
        `the group has not admitted this process within ${seconds()} s: ${reason}`,
        { group },
      );
      logger.error(
        `Group ${name} still has not admitted this process, so the process receives no events of the group. It keeps trying, and the status is degraded until then: ${messageOf(late)}`,
        { group, code: late.code },
      );
      status.fault(faultKey, late);
    }
    if (await admitted)
      logger.log(`Group ${name} admitted this process after ${seconds()} s`, { group });
  }
  await admitted;
  status.heal(faultKey);
  status.joined(group);
}

/** In words of our own where the broker does not say. */
async function answerOf(admission: Joining['admission']): Promise<Admission> {
  const unknown = { reason: 'the broker gives no reason', withinMs: WITHIN_MS };
  try {
    const asked = admission();
    return (await endBy(monotonicNow() + ANSWER_MS, asked)) ? await asked : unknown;
  } catch (error) {
    return { ...unknown, reason: `${unknown.reason} (${messageOf(error)})` };
  }
}
