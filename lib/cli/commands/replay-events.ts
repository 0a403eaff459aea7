import { fullTopic } from '../../transport/topic-prefix.js';
import {
  type Command,
  groupOf,
  HANDLERS_NEED_APPLICATION,
  requiredText,
  TOPIC_AND_GROUP,
  UsageError,
} from '../command.js';
import { handleRange, surveyRange } from '../replay/topic-records.js';
import { replayOptionsOf } from '../replay/replay-plan.js';
import { planOfEntries, planOfPartitions } from '../replay/replay-positions.js';
import { movedAnswer, moveGroup } from '../replay/move-group.js';
import { warnOfUnknownTopic } from '../suggestions.js';

/**
 * Has events of a topic handled again. By itself it moves a group back, whose members then read on
 * from there; with `--handlers` an application's handlers get a range, and no group is moved.
 */
export const replayEvents: Command = {
  name: 'replay-events',
  summary: 'Replay events of a topic',
  description:
    'Moves a consumer group to an earlier event; the group continues from there. With --handlers, in a script of your ' +
    'application, the handlers of the application get the events instead, and no group is moved. Specify exactly ' +
    'one of --from-id, --from-offset, --from-time and --to-latest. A position is an entry id on Redis ' +
    '(1526919030474-55) and PARTITION:OFFSET on Kafka.',
  options: [
    ...TOPIC_AND_GROUP,
    {
      flags: '--from-id <position>',
      description:
        'first event to replay; on Kafka one for each partition to replay, joined by commas',
      default: 'not set',
    },
    {
      flags: '--from-offset <offset>',
      description:
        'Kafka: first offset, one for all partitions, or PARTITION:OFFSET for some; 0 starts at the oldest event that is kept',
      default: 'not set',
    },
    {
      flags: '--from-time <time>',
      description: 'first event stored at or after this time, such as 2026-05-01T08:00:00Z',
      default: 'not set',
    },
    {
      flags: '--to-latest',
      description: 'move the group to the end of the topic: skip all that it has not read',
      default: 'off',
    },
    {
      flags: '--until <position|time>',
      description:
        'where to stop: a position (inclusive) or a time (exclusive); only with --handlers or --dry-run',
      default: 'the end of the topic when the command starts',
    },
    {
      flags: '--dry-run',
      description: 'change nothing; print how many events there are and where the group would be',
      default: 'off',
    },
    {
      flags: '--force',
      description:
        'move the group even if it has active members, does not exist, or would skip events',
      default: 'off',
    },
    {
      flags: '--handlers',
      description:
        'run the handlers of your application on the events; see runEventBusCli in docs/cli.md',
      default: 'off',
    },
    {
      flags: '--again',
      description: 'with --handlers: idempotent handlers also get events that they have handled',
      default: 'off: such events are skipped',
    },
  ],
  examples: [
    {
      line: 'replay-events -t user-login -g crm-sync --from-time 2026-05-01T08:00:00Z --dry-run',
      does: 'what would be replayed?',
    },
    {
      line: 'replay-events -t user-login -g crm-sync --from-id 0:4711,1:815',
      does: 'move the group back to these offsets',
    },
  ],
  async run(values, io, host) {
    const topic = requiredText(values, 'topic');
    const group = groupOf(values);
    const options = replayOptionsOf(values);
    const handlers = values['handlers'] === true;
    const dryRun = values['dry-run'] === true;
    const again = values['again'] === true;
    if (handlers && !host.hasHandlers) throw new UsageError(HANDLERS_NEED_APPLICATION);
    if (again && !handlers)
      throw new UsageError(
        '--again requires --handlers. Without --handlers the command only moves the group, and the idempotent handlers of the group skip the events that they have handled before.',
      );
    if (options.from === 'latest' && (options.until || handlers))
      throw new UsageError('--to-latest cannot be combined with --until or --handlers.');
    if (options.until && !handlers && !dryRun)
      throw new UsageError(
        '--until requires --handlers or --dry-run, because a group that was moved always reads to the end.',
      );

    await warnOfUnknownTopic(topic, io, host);
    const { transport, topicPrefix, shutdownTimeoutMs } = await host.bus();
    const place = { topic, fullTopic: fullTopic(topicPrefix, topic), group };
    const planOf = transport.capabilities.partitions ? planOfPartitions : planOfEntries;
    const plan = await planOf(transport, place, options, io);
    if (dryRun) await io.answers.write(await surveyRange(plan, transport, io));
    else if (handlers) return handleRange(plan, { host, io, transport, again, shutdownTimeoutMs });
    else
      await io.answers.write(
        movedAnswer(await moveGroup(plan, transport, values['force'] === true)),
      );
    return 0;
  },
};
