import { shownName } from '../errors/outside-text.js';
import { dateFromDatetime, utcOffsetOf } from '../events/text/datetime.js';
import { UsageError } from './option-values.js';

/** What `--extra` may say: the reference's keys for Redis and Kafka. */
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
      `--extra: unknown ${unknown.map(shownName).join(', ')}; known: ${KEYS.join(', ')}`,
    );
  const member = given['consumer_name'] ?? undefined;
  if (member !== undefined && (typeof member !== 'string' || member === ''))
    throw new UsageError('--extra: consumer_name takes a text');
  const start = startOf(given);
  const resetToTime = timeOf(given['offset_time'] ?? undefined);
  if (resetToTime !== undefined && start !== undefined)
    throw new UsageError(`--extra: give one of ${STARTS.join(', ')}`);
  const claim = given['claim_msgs_older_than'] ?? undefined;
  if (claim !== undefined && !isWholeNumber(claim))
    throw new UsageError('--extra: claim_msgs_older_than takes milliseconds');
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
    throw new UsageError('--extra: check_backlog takes true or false');
  if (
    afterId !== undefined &&
    (typeof afterId !== 'string' || !/^(\d{1,20}(-\d{1,20})?)?$/.test(afterId))
  )
    throw new UsageError(
      '--extra: last_read_msg_id takes the id of a message, such as "1526919030474-55"',
    );
  if (typeof afterId === 'string' && afterId !== '') return { afterId };
  return backlog === undefined ? undefined : backlog ? 'earliest' : 'latest';
}

/** As the reference reads it: a text without an offset from UTC is in the time zone of this machine. */
function timeOf(given: unknown): number | undefined {
  if (given === undefined) return undefined;
  const offset = typeof given === 'string' ? utcOffsetOf(given) : undefined;
  if (typeof given !== 'string' || offset === undefined)
    throw new UsageError(
      '--extra: offset_time takes a date and time of ISO 8601, such as "2026-05-01T08:00:00Z"',
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
    throw new UsageError('--extra is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new UsageError('--extra takes a JSON object');
  return value as Readonly<Record<string, unknown>>;
}

function isWholeNumber(value: unknown): boolean {
  return (typeof value === 'string' || typeof value === 'number') && /^\d+$/.test(String(value));
}
