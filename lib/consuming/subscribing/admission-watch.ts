import { monotonicNow } from '../../common/clocks.js';
import { messageOf } from '../../errors/foreign-error.js';
import { ServiceFaultError } from '../../errors/index.js';
import { outsideText } from '../../errors/outside-text.js';
import type { Admission } from '../../transport/transport.interface.js';
import type { ProcessingContext } from '../processing/processing-context.js';
import { settledWithin } from '../deadline.js';

/** How long the broker may take to say what the group waits for. */
const ANSWER_MS = 5_000;
/** For a transport that does not say how long a group may take. */
const WITHIN_MS = 60_000;

/** What is seen of a subscription on its way into its group. */
export interface Joining {
  readonly group: string;
  /** As `SubscriptionHandle.admission`. */
  readonly admission: () => Promise<Admission>;
  /** Resolves when the group has let us in (true), or the subscription is over or closing (false). */
  readonly admitted: Promise<boolean>;
}

/**
 * Shows in the status that a group has not let us in yet; after a while the log says what it waits for, and a group
 * that takes longer than it may is a fault. Resolves with `admitted`. Never rejects.
 */
export async function watchAdmission(
  parts: Pick<ProcessingContext, 'status' | 'logger' | 'timing'>,
  { group, admission, admitted }: Joining,
): Promise<void> {
  const { status, logger, timing } = parts;
  const fault = `joining ${group}`;
  const name = outsideText(group);
  const begun = monotonicNow();
  const seconds = (): number => Math.round((monotonicNow() - begun) / 1_000);
  status.joining(group);
  if (!(await settledWithin(timing.admissionNoticeMs, admitted))) {
    const { reason, withinMs } = await answerOf(admission);
    if (!(await settledWithin(0, admitted)))
      logger.warn(
        `Group ${name} has not let this process in for ${seconds()} s, so it gets no events yet: ` +
          `${outsideText(reason)}. It goes on by itself; longer than ${Math.round(withinMs / 1_000)} s is shown as a fault`,
      );
    if (!(await settledWithin(begun + withinMs - monotonicNow(), admitted))) {
      const late = new ServiceFaultError(
        'Group',
        `has not let this process in for ${seconds()} s: ${reason}`,
        { group },
      );
      logger.error(`Group ${name} still gets no events here: ${messageOf(late)}`);
      status.fault(fault, late);
    }
    if (await admitted)
      logger.log(`Group ${name} has let this process in after ${seconds()} s, and gets events`);
  }
  await admitted;
  status.heal(fault);
  status.joined(group);
}

/** In words of our own where the broker does not say. */
async function answerOf(admission: Joining['admission']): Promise<Admission> {
  const unknown = { reason: 'the broker does not say what it waits for', withinMs: WITHIN_MS };
  try {
    const asked = admission();
    return (await settledWithin(ANSWER_MS, asked)) ? await asked : unknown;
  } catch (error) {
    return { ...unknown, reason: `${unknown.reason} (${messageOf(error)})` };
  }
}
