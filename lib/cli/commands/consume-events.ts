import { writeLine, StderrLogger } from '../cli-io.js';
import {
  type Command,
  integerOf,
  requiredText,
  secondsOf,
  textOf,
  UsageError,
} from '../option-values.js';
import { consumeExtraOf } from '../consume-extra.js';
import { exitCodeOf } from '../error-answer.js';
import { RecordPrinter } from '../record-printer.js';
import { resetToTime } from '../replay/move-group.js';

/**
 * Reads a topic as a member of a group until it is told to stop, `--max` records were read or
 * `--timeout` seconds have passed. By itself it prints every event; inside an application it runs
 * that application's handlers and prints how each record ended. With `offset_time` it only moves the group.
 */
export const consumeEvents: Command = {
  name: 'consume-events',
  usage: 'consume-events -t TOPIC -g GROUP [--extra JSON] [--max N] [--timeout S]',
  summary: 'Read the events of a topic',
  options: {
    topic: { type: 'string', short: 't' },
    group: { type: 'string', short: 'g' },
    group_id: { type: 'string' },
    extra: { type: 'string' },
    max: { type: 'string' },
    timeout: { type: 'string' },
  },
  async run(values, io, host) {
    const topic = requiredText(values, 'topic');
    const group = textOf(values, 'group') ?? textOf(values, 'group_id');
    if (!group) throw new UsageError('-g (--group, --group_id) is required');
    const max = integerOf(values, 'max', 1) ?? Infinity;
    const timeoutMs = secondsOf(values, 'timeout');
    const extra = consumeExtraOf(textOf(values, 'extra'));
    const logger = new StderrLogger(io.stderr);
    if (extra.resetToTime !== undefined) {
      await writeLine(io.stdout, await resetToTime(host, { topic, group }, extra.resetToTime));
      return 0;
    }
    if (extra.claimOlderThanMs !== undefined)
      logger.warn(
        'claim_msgs_older_than has no effect: only our own records and those that stopped members left come again',
      );

    const end = new EndOfConsuming();
    io.signal.addEventListener('abort', () => end.reach(0), { once: true });
    if (io.signal.aborted) end.reach(0);
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => end.reach(0), timeoutMs);
    let records = 0;
    const printer = new RecordPrinter(io, await host.capabilities(), () => end.reach(1));
    const consumption = await host.consumption({
      topic,
      group,
      member: extra.member,
      start: extra.start,
      oneAtATime: max !== Infinity,
      onEvent: (data, context) => printer.event(data, context),
      onRecordEnd: (record) => {
        printer.end(record, host.hasHandlers);
        if (++records < max) return;
        end.reach(0);
        // At once: the next record must not be begun.
        void consumption.stop();
      },
      onFatal: (error) => end.reach(exitCodeOf(error)),
    });
    try {
      if (!consumption.enabled) {
        logger.error('Consumers not enabled (EVENT_BUS_<TRANSPORT>_CONSUMERS_ENABLED), exiting');
        return 0;
      }
      await Promise.race([consumption.start(), end.reached]);
      const code = await end.reached;
      await consumption.stop();
      await printer.finished();
      return code;
    } finally {
      clearTimeout(timer);
      await consumption.stop();
    }
  },
};

/** The first reason to end counts. */
class EndOfConsuming {
  readonly reached: Promise<number>;
  reach!: (exitCode: number) => void;

  constructor() {
    this.reached = new Promise((resolve) => {
      this.reach = resolve;
    });
  }
}
