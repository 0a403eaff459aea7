import { fullTopic } from '../../transport/topic-prefix.js';
import { writeLine } from '../cli-io.js';
import type { Command } from '../command.interface.js';
import { requiredText, textOf } from '../option-values.js';
import { handleRange } from '../replay/handle-range.js';
import { replayOptionsOf } from '../replay/replay-options.js';
import { ReplayPlan } from '../replay/replay-plan.js';
import { moveGroup } from '../replay/move-group.js';
import { UsageError } from '../usage-error.js';

/**
 * Has events of a topic handled again. By itself it moves a group back, whose members then read on
 * from there; with `--handlers` an application's handlers get a range, and no group is moved.
 */
export const replayEvents: Command = {
  name: 'replay-events',
  usage:
    'replay-events -t TOPIC -g GROUP (--from-id ID | --from-time TIME) [--until ID|TIME] [--dry-run] [--force]\n' +
    '    [--handlers]',
  summary: 'Have events of a topic handled again',
  options: {
    topic: { type: 'string', short: 't' },
    group: { type: 'string', short: 'g' },
    group_id: { type: 'string' },
    'from-id': { type: 'string' },
    'from-time': { type: 'string' },
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
    if (options.until && !handlers && !dryRun)
      throw new UsageError(
        '--until needs --handlers or --dry-run: a group that is moved back reads on to the end',
      );

    const { transport, topicPrefix, shutdownTimeoutMs } = await host.bus();
    const place = { topic, fullTopic: fullTopic(topicPrefix, topic), group };
    const plan = await ReplayPlan.make(transport, place, options, io);
    if (dryRun) {
      await writeLine(io.stdout, await plan.survey());
      return 0;
    }
    if (handlers) return handleRange(plan, { host, io, shutdownTimeoutMs });
    await writeLine(io.stdout, await moveGroup(plan, values['force'] === true));
    return 0;
  },
};
