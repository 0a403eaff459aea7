import { fullTopic } from '../../transport/topic-prefix.js';
import { writeLine } from '../cli-io.js';
import { type Command, requiredText, textOf, UsageError } from '../command.js';
import { handleRange, surveyRange } from '../replay/topic-records.js';
import { replayOptionsOf } from '../replay/replay-plan.js';
import { planOfEntries, planOfPartitions } from '../replay/replay-positions.js';
import { moveGroup } from '../replay/move-group.js';

/**
 * Has events of a topic handled again. By itself it moves a group back, whose members then read on
 * from there; with `--handlers` an application's handlers get a range, and no group is moved.
 */
export const replayEvents: Command = {
  name: 'replay-events',
  usage:
    'replay-events -t TOPIC -g GROUP (--from-id ID | --from-offset OFFSET | --from-time TIME | --to-latest)\n' +
    '    [--until ID|TIME] [--dry-run] [--force] [--handlers]',
  summary: 'Have events of a topic handled again',
  options: {
    topic: { type: 'string', short: 't' },
    group: { type: 'string', short: 'g' },
    group_id: { type: 'string' },
    'from-id': { type: 'string' },
    'from-offset': { type: 'string' },
    'from-time': { type: 'string' },
    'to-latest': { type: 'boolean' },
    until: { type: 'string' },
    'dry-run': { type: 'boolean' },
    force: { type: 'boolean' },
    handlers: { type: 'boolean' },
  },
  async run(values, io, host) {
    const topic = requiredText(values, 'topic');
    const group = textOf(values, 'group') ?? textOf(values, 'group_id');
    if (!group) throw new UsageError('-g (--group, --group_id) is required');
    const options = replayOptionsOf(values);
    const handlers = values['handlers'] === true;
    const dryRun = values['dry-run'] === true;
    if (handlers && !host.hasHandlers)
      throw new UsageError('--handlers works inside an application only: see runEventBusCli');
    if (options.from === 'latest' && (options.until || handlers))
      throw new UsageError(
        '--to-latest moves a group: it goes with neither --until nor --handlers',
      );
    if (options.until && !handlers && !dryRun)
      throw new UsageError(
        '--until needs --handlers or --dry-run: a group that is moved back reads on to the end',
      );

    const { transport, topicPrefix, shutdownTimeoutMs } = await host.bus();
    const place = { topic, fullTopic: fullTopic(topicPrefix, topic), group };
    const planOf = transport.capabilities.partitions ? planOfPartitions : planOfEntries;
    const plan = await planOf(transport, place, options, io);
    if (dryRun) await writeLine(io.stdout, await surveyRange(plan, transport, io));
    else if (handlers)
      return handleRange(place, plan.range!, { host, io, transport, shutdownTimeoutMs });
    else await writeLine(io.stdout, await moveGroup(plan, transport, values['force'] === true));
    return 0;
  },
};
