import { fullTopic } from '../../transport/topic-prefix.js';
import type { CliHost } from '../cli-host.interface.js';
import { moveTo, refuseLiveMembers } from './move-group.js';
import { adminOf } from './replay-plan.js';

/**
 * What the reference does with `offset_time`, and then ends: moves the group, once, to the first event
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
