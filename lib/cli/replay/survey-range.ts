import type { EventTransport } from '../../transport/transport.interface.js';
import type { CliIo } from '../command.interface.js';
import { adminOf, ReplayAnswers, type ReplayPlan } from './replay-plan.js';
import { TopicRecords } from './topic-records.js';

/** The answer of a dry run: every event of the range is read and counted, nothing is moved. */
export async function surveyRange(
  { place, range, before, after }: ReplayPlan,
  transport: EventTransport,
  io: CliIo,
): Promise<Readonly<Record<string, unknown>>> {
  const { topic, fullTopic, group } = place;
  const answers = new ReplayAnswers(transport);
  const records = new TopicRecords(transport, fullTopic, io.signal);
  const moved = new Set(after.map(({ partition }) => partition));
  const staying = before.filter(({ partition }) => !moved.has(partition));
  const found = range && (await records.survey(range.start, range.until));
  return {
    topic,
    group,
    dry_run: true,
    events: found?.events ?? 0,
    first: answers.record(found?.first),
    last: answers.record(found?.last),
    before: answers.placeOf(before),
    after: answers.placeOf([...after, ...staying]),
    members: await adminOf(transport).members(group),
  };
}
