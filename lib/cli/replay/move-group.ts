import { recordAnswer, offsetsOf, type ReplayPlan } from './replay-plan.js';

/** The command would do harm, and was not told to do it nevertheless. */
export class ReplayRefusedError extends Error {
  override readonly name = 'ReplayRefusedError';
}

/**
 * Moves the group so that the first event of the plan is the next one it reads, and resolves to the
 * answer: where it was, where it is. Unless forced throws ReplayRefusedError for a group that is not
 * there, that has live members, or that would skip events which it has not read.
 */
export async function moveGroup(plan: ReplayPlan, force: boolean): Promise<unknown> {
  const { admin, records, place, before, after, first } = plan;
  const { topic, fullTopic, group } = place;
  if (!force) {
    if (before.length === 0)
      throw new ReplayRefusedError(`${fullTopic} has no group ${group}; --force makes it`);
    const members = await admin.members(group);
    if (members.length > 0)
      throw new ReplayRefusedError(
        `group ${group} has live members (${members.join(', ')}), which go on with what they have in hand; ` +
          'stop them and try again (one that was killed or is not ours counts for up to 70 s), or use --force',
      );
    const skipped = await records.first({ after: before }, { positions: after });
    if (skipped)
      throw new ReplayRefusedError(
        `group ${group} is at ${offsetsOf(before)} and would skip events that it has not read, ` +
          `${skipped.position.offset} to ${offsetsOf(after)}; --force skips them`,
      );
  }
  await admin.reset(group, after);
  return {
    topic,
    group,
    before: offsetsOf(before),
    after: offsetsOf(await admin.positions(group, fullTopic)),
    first: recordAnswer(first),
  };
}
