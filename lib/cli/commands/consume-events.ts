import { monotonicNow } from '../../common/clocks.js';
import { StoppedError } from '../cli-io.js';
import {
  type CliHost,
  type Command,
  groupOf,
  integerOf,
  requiredText,
  secondsOf,
  textOf,
  TOPIC_AND_GROUP,
  UsageError,
} from '../command.js';
import { exitCodeOf } from '../error-answer.js';
import { RecordPrinter } from '../record-printer.js';
import { movedAnswer, resetToTime } from '../replay/move-group.js';
import { didYouMean, warnOfUnknownTopic } from '../suggestions.js';
import { shownName } from '../../errors/outside-text.js';
import { dateFromDatetime, utcOffsetOf } from '../../events/text/datetime.js';
import type { CommandIo } from '../cli-io.js';

/**
 * Reads a topic as a member of a group until it is told to stop, `--max` records were read or
 * `--timeout` seconds have passed. By itself it prints every event; inside an application it runs
 * that application's handlers and prints how each record ended. With `offset_time` it only moves the group.
 */
export const consumeEvents: Command = {
  name: 'consume-events',
  summary: 'Read the events of a topic as a member of a consumer group',
  description:
    'Prints each event, acknowledges it and waits for more until Ctrl-C, --max or --timeout. In a script of your ' +
    'application (runEventBusCli) the handlers of the application get the events, and the result of each is printed.',
  options: [
    ...TOPIC_AND_GROUP,
    {
      flags: '--max <count>',
      description: 'stop after this number of records',
      default: 'no limit',
    },
    {
      flags: '--timeout <seconds>',
      description: 'stop after this number of seconds',
      default: 'no limit',
    },
    {
      flags: '--full',
      description: 'on a terminal: print every field of each event, in several rows if needed',
      default: 'one row for each event',
    },
    {
      flags: '--extra <json>',
      description:
        'JSON object with the keys of the Python command: consumer_name, last_read_msg_id, check_backlog, ' +
        'claim_msgs_older_than (ignored), offset_time (only moves the group)',
      default: '{}',
    },
  ],
  examples: [
    {
      line: 'consume-events -t user-login -g crm-sync',
      does: 'print events as they arrive, until Ctrl-C',
    },
    {
      line: 'consume-events -t user-login -g crm-sync --max 10 --timeout 60',
      does: 'at most 10 events and 60 seconds',
    },
    {
      line: `consume-events -t user-login -g crm-sync --extra '{"offset_time": "2026-05-01T08:00:00Z"}'`,
      does: 'move the group to a time, without reading',
    },
  ],
  async run(values, io, host) {
    const topic = requiredText(values, 'topic');
    const group = groupOf(values);
    const max = integerOf(values, 'max', 1) ?? Infinity;
    const timeoutMs = secondsOf(values, 'timeout');
    const extra = consumeExtraOf(textOf(values, 'extra'));
    const whole = values['full'] === true;
    if (extra.resetToTime !== undefined) {
      await io.answers.write(
        movedAnswer(await resetToTime(host, { topic, group }, extra.resetToTime)),
      );
      return 0;
    }
    if (extra.claimOlderThanMs !== undefined)
      io.logger.warn(
        'claim_msgs_older_than is ignored: pending records are redelivered automatically',
      );
    try {
      await warnOfUnknownTopic(topic, io, host);
      return await consume({ topic, group, max, timeoutMs, extra, whole }, io, host);
    } catch (error) {
      // To be told to stop is how this command ends.
      if (error instanceof StoppedError) return 0;
      throw error;
    }
  },
};

interface Consuming {
  readonly topic: string;
  readonly group: string;
  readonly max: number;
  readonly timeoutMs: number | undefined;
  readonly extra: ConsumeExtra;
  readonly whole: boolean;
}

async function consume(
  { topic, group, max, timeoutMs, extra, whole }: Consuming,
  io: CommandIo,
  host: CliHost,
): Promise<number> {
  const end = new EndOfConsuming();
  io.signal.addEventListener('abort', () => end.reach(0), { once: true });
  if (io.signal.aborted) end.reach(0);
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => end.reach(0), timeoutMs);
  const progress = io.progress({
    unit: 'events',
    total: max === Infinity ? undefined : max,
    endsAt: timeoutMs === undefined ? undefined : monotonicNow() + timeoutMs,
  });
  try {
    let records = 0;
    const printer = new RecordPrinter(io, await host.capabilities(), () => end.reach(1), whole);
    const consumption = await host.consumption({
      topic,
      group,
      member: extra.member,
      start: extra.start,
      oneAtATime: max !== Infinity,
      onEvent: (data, context) => printer.event(data, context),
      onRecordEnd: (record) => {
        printer.end(record, host.hasHandlers);
        progress.advance();
        if (++records < max) return;
        end.reach(0);
        // At once: the next record must not be begun.
        void consumption.stop();
      },
      onFatal: (error) => end.reach(exitCodeOf(error)),
    });
    try {
      if (!consumption.enabled) {
        io.logger.error(
          'Consumers are not enabled (consumersEnabled, EVENT_BUS_REDIS_CONSUMERS_ENABLED or EVENT_BUS_KAFKA_CONSUMERS_ENABLED), so the command ends without reading',
        );
        return 0;
      }
      await Promise.race([consumption.start(), end.reached]);
      const code = await end.reached;
      await consumption.stop();
      await printer.finished();
      return code;
    } finally {
      await consumption.stop();
    }
  } finally {
    clearTimeout(timer);
    progress.end();
  }
}

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

/** What `--extra` may say: the keys of the Python packages for Redis and Kafka. */
export interface ConsumeExtra {
  readonly member?: string;
  readonly start?: 'earliest' | 'latest' | { readonly afterId: string };
  readonly claimOlderThanMs?: number;
  /** The group is only moved there: ms since the epoch. */
  readonly resetToTime?: number;
}

const STARTS = ['last_read_msg_id', 'check_backlog', 'offset_time'];
const KEYS = ['consumer_name', ...STARTS, 'claim_msgs_older_than'];

/**
 * Reads the JSON object of `--extra`; missing or empty: nothing extra. Keys that are null count as
 * not given, as in Python. `check_backlog` and `last_read_msg_id` are for a new group: an existing one
 * goes on where it stopped. Throws UsageError.
 */
export function consumeExtraOf(text: string | undefined): ConsumeExtra {
  if (!text) return {};
  const given = objectOf(text);
  const unknown = Object.keys(given).filter((key) => !KEYS.includes(key));
  if (unknown.length)
    throw new UsageError(
      `--extra: unknown key ${unknown.map(shownName).join(', ')}. Allowed keys: ${KEYS.join(', ')}.${didYouMean(unknown[0]!, KEYS)}`,
    );
  const member = given['consumer_name'] ?? undefined;
  if (member !== undefined && (typeof member !== 'string' || member === ''))
    throw new UsageError('--extra: consumer_name must be a string that is not empty.');
  const start = startOf(given);
  const resetToTime = timeOf(given['offset_time'] ?? undefined);
  if (resetToTime !== undefined && start !== undefined)
    throw new UsageError(`--extra: specify at most one of ${STARTS.join(', ')}.`);
  const claim = given['claim_msgs_older_than'] ?? undefined;
  if (claim !== undefined && !isInteger(claim))
    throw new UsageError('--extra: claim_msgs_older_than must be a number of milliseconds.');
  return {
    ...(member === undefined ? {} : { member }),
    ...(start === undefined ? {} : { start }),
    ...(claim === undefined ? {} : { claimOlderThanMs: Number(claim) }),
    ...(resetToTime === undefined ? {} : { resetToTime }),
  };
}

function startOf(given: Readonly<Record<string, unknown>>): ConsumeExtra['start'] {
  const afterId = given['last_read_msg_id'] ?? undefined;
  const backlog = given['check_backlog'] ?? undefined;
  if (backlog !== undefined && typeof backlog !== 'boolean')
    throw new UsageError('--extra: check_backlog must be true or false.');
  if (
    afterId !== undefined &&
    (typeof afterId !== 'string' || !/^(\d{1,20}(-\d{1,20})?)?$/.test(afterId))
  )
    throw new UsageError(
      '--extra: last_read_msg_id must be the id of a message, such as "1526919030474-55".',
    );
  if (typeof afterId === 'string' && afterId !== '') return { afterId };
  return backlog === undefined ? undefined : backlog ? 'earliest' : 'latest';
}

/** As Python reads it: a text without an offset from UTC is in the time zone of this machine. */
function timeOf(given: unknown): number | undefined {
  if (given === undefined) return undefined;
  const offset = typeof given === 'string' ? utcOffsetOf(given) : undefined;
  if (typeof given !== 'string' || offset === undefined)
    throw new UsageError(
      '--extra: offset_time must be an ISO 8601 date and time, such as "2026-05-01T08:00:00Z".',
    );
  const time = dateFromDatetime(given);
  if (offset !== null) return time.getTime();
  const local = new Date(0);
  local.setFullYear(time.getUTCFullYear(), time.getUTCMonth(), time.getUTCDate());
  local.setHours(
    time.getUTCHours(),
    time.getUTCMinutes(),
    time.getUTCSeconds(),
    time.getUTCMilliseconds(),
  );
  return local.getTime();
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text.trim());
  } catch {
    throw new UsageError('--extra is not JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new UsageError('--extra must be a JSON object.');
  return value as Readonly<Record<string, unknown>>;
}

function isInteger(value: unknown): boolean {
  return (typeof value === 'string' || typeof value === 'number') && /^\d+$/.test(String(value));
}
