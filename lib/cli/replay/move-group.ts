import type { EventTransport, RecordPosition } from '../../transport/transport.interface.js';
import {
  adminOf,
  placeText,
  recordText,
  ReplayAnswers,
  type ReplayPlace,
  type ReplayPlan,
  type ReplayRecord,
} from './replay-plan.js';
import { fullTopic } from '../../transport/topic-prefix.js';
import type { CliHost } from '../command.js';
import type { Answer } from '../output/answers.js';
import { aligned } from '../output/readable.js';
import { outsideText } from '../../errors/outside-text.js';

/** The command would do harm, and was not told to do it nevertheless. */
class ReplayRejectedError extends Error {
  override readonly name = 'ReplayRejectedError';
}

/** Where a group was and where it is. */
export interface MovedGroup {
  readonly topic: string;
  readonly group: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly first?: ReplayRecord | null;
}

export function movedAnswer(moved: MovedGroup): Answer {
  const { topic, group, before, after, first } = moved;
  return {
    json: moved,
    text: (style) => {
      const rows = [
        ['before', placeText(before)],
        ['after', style.bold(placeText(after))],
        ...(first ? [['first event', recordText(first)]] : []),
      ];
      const done = style.green('moved');
      return [
        `${done}  group ${outsideText(group)} on topic ${outsideText(topic)}`,
        ...aligned(rows).map((row) => `  ${row}`),
      ].join('\n');
    },
  };
}

/**
 * Moves the group so that the first event of the plan is the next one it reads, and resolves to the
 * answer: where it was, where it is. Unless forced throws ReplayRejectedError for a group that is not
 * there, that has live members, or that would skip events which it has not read.
 */
export async function moveGroup(
  plan: ReplayPlan,
  transport: EventTransport,
  force: boolean,
): Promise<MovedGroup> {
  const { place, before, after, range, first } = plan;
  const { fullTopic, group } = place;
  const answers = new ReplayAnswers(transport);
  if (!force) {
    if (before.length === 0)
      throw new ReplayRejectedError(
        `Group ${group} does not exist on ${fullTopic}; use --force to create it`,
      );
    await rejectLiveMembers(transport, group, ', or use --force');
    const skipped = range && (await plan.skipped());
    if (skipped)
      throw new ReplayRejectedError(
        `This would skip events ${skipped}, which group ${group} has not read yet; use --force to skip them`,
      );
  }
  const moved = await moveTo(place, transport, before, after);
  return first ? { ...moved, first: answers.record(first) } : moved;
}

/** Throws ReplayRejectedError where the group has active members. `instead`: what else can be done. */
async function rejectLiveMembers(
  transport: EventTransport,
  group: string,
  instead = '',
): Promise<void> {
  const members = await adminOf(transport).members(group);
  if (members.length > 0)
    throw new ReplayRejectedError(
      `Group ${group} has active members (${members.join(', ')}). Stop them and retry${instead}. ` +
        'A consumer that was killed still counts as active for a while: on Redis for up to 3 s, on Kafka until its session times out. On Redis, a consumer without a lease, such as one of another library, counts as active until 70 s after its last activity',
    );
}

/** Moves the group, once; resolves to the answer. */
export async function moveTo(
  { topic, fullTopic, group }: ReplayPlace,
  transport: EventTransport,
  before: readonly RecordPosition[],
  to: readonly RecordPosition[],
): Promise<MovedGroup> {
  const admin = adminOf(transport);
  const { groupPosition } = new ReplayAnswers(transport);
  await admin.reset(group, to);
  const after = await admin.positions(group, fullTopic);
  return { topic, group, before: groupPosition(before), after: groupPosition(after) };
}

/**
 * What the Python command does with `offset_time`, and then ends: moves the group, once, to the first event
 * of each partition stored at the time (ms since the epoch) or later, or to the end where there is
 * none, and makes it where it is not. Resolves to the answer. Throws ReplayRejectedError while it has members.
 */
export async function resetToTime(
  host: CliHost,
  { topic, group }: { readonly topic: string; readonly group: string },
  time: number,
): Promise<MovedGroup> {
  const { transport, topicPrefix } = await host.bus();
  const admin = adminOf(transport);
  const full = fullTopic(topicPrefix, topic);
  const to = await admin.resolve(full, { time });
  await rejectLiveMembers(transport, group);
  const before = await admin.positions(group, full);
  return moveTo({ topic, fullTopic: full, group }, transport, before, to);
}
