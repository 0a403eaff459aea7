import type { EventTransport, RecordPosition } from '../../transport/transport.interface.js';
import { adminOf, ReplayAnswers, type ReplayPlace, type ReplayPlan } from './replay-plan.js';
import { fullTopic } from '../../transport/topic-prefix.js';
import type { CliHost } from '../command.js';

/** The command would do harm, and was not told to do it nevertheless. */
class ReplayRefusedError extends Error {
  override readonly name = 'ReplayRefusedError';
}

/**
 * Moves the group so that the first event of the plan is the next one it reads, and resolves to the
 * answer: where it was, where it is. Unless forced throws ReplayRefusedError for a group that is not
 * there, that has live members, or that would skip events which it has not read.
 */
export async function moveGroup(
  plan: ReplayPlan,
  transport: EventTransport,
  force: boolean,
): Promise<unknown> {
  const { place, before, after, range, first } = plan;
  const { fullTopic, group } = place;
  const answers = new ReplayAnswers(transport);
  if (!force) {
    if (before.length === 0)
      throw new ReplayRefusedError(`${fullTopic} has no group ${group}; --force makes it`);
    await refuseLiveMembers(transport, group, ', or use --force');
    const skipped = range && (await plan.skipped());
    if (skipped)
      throw new ReplayRefusedError(
        `group ${group} is at ${JSON.stringify(answers.errorContext(before))} and would skip events that it ` +
          `has not read, ${skipped}; --force skips them`,
      );
  }
  const moved = await moveTo(place, transport, before, after);
  return first ? { ...moved, first: answers.record(first) } : moved;
}

/** Throws ReplayRefusedError where somebody reads as a member of the group, with what else can be done. */
async function refuseLiveMembers(
  transport: EventTransport,
  group: string,
  instead = '',
): Promise<void> {
  const members = await adminOf(transport).members(group);
  if (members.length > 0)
    throw new ReplayRefusedError(
      `group ${group} has live members (${members.join(', ')}), which go on with what they have in hand; ` +
        `stop them and try again (one that was killed or is not ours counts for up to 70 s)${instead}`,
    );
}

/** Moves the group, once; resolves to the answer. */
export async function moveTo(
  { topic, fullTopic, group }: ReplayPlace,
  transport: EventTransport,
  before: readonly RecordPosition[],
  to: readonly RecordPosition[],
): Promise<Readonly<Record<string, unknown>>> {
  const admin = adminOf(transport);
  const { errorContext } = new ReplayAnswers(transport);
  await admin.reset(group, to);
  const after = await admin.positions(group, fullTopic);
  return { topic, group, before: errorContext(before), after: errorContext(after) };
}

/**
 * What Python does with `offset_time`, and then ends: moves the group, once, to the first event
 * of each partition stored at the time (ms since the epoch) or later, or to the end where there is
 * none, and makes it where it is not. Resolves to the answer. Throws ReplayRefusedError while it has members.
 */
export async function resetToTime(
  host: CliHost,
  { topic, group }: { readonly topic: string; readonly group: string },
  time: number,
): Promise<unknown> {
  const { transport, topicPrefix } = await host.bus();
  const admin = adminOf(transport);
  const full = fullTopic(topicPrefix, topic);
  const to = await admin.resolve(full, { time });
  await refuseLiveMembers(transport, group);
  const before = await admin.positions(group, full);
  return moveTo({ topic, fullTopic: full, group }, transport, before, to);
}
