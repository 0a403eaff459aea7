import type { ProducerId } from '../kafka-driver.interface.js';
import { isRefusal, rootOf, serviceFault } from '../kafka-errors.js';
import { isOpen, type PartitionRecords, type WaitingRecord } from './topic-records.js';

/** Records of one partition that go as one batch: the same ones, under the same number, when they go again. */
export interface SentBatch {
  readonly partition: PartitionRecords;
  records: readonly WaitingRecord[];
  readonly producer: ProducerId;
  readonly sequence: number;
  /** A broker had it and did not say what became of it. */
  mayBeStored: boolean;
  /** Times that it was sent without an answer that says. */
  tries: number;
  /** By `monotonicNow`. */
  dueAt: number;
}

/** How much may still go with a request. */
export interface Room {
  records: number;
  bytes: number;
  /** Something goes already. */
  isUsed: boolean;
}

/**
 * Takes what is next, in order; with `lanes` nothing of a key of which something is under way. A record that is larger
 * than a batch goes alone: the broker says what it thinks of it.
 */
export function takeFrom(
  partition: PartitionRecords,
  room: Room,
  withLanes: boolean,
): WaitingRecord[] {
  const { waiting, lanes, limit } = partition;
  const taken: WaitingRecord[] = [];
  const rest: WaitingRecord[] = [];
  const passed = new Set<string>();
  const most = Math.min(room.records, limit);
  let at = 0;
  for (; at < waiting.length && taken.length < most; at++) {
    const one = waiting[at]!;
    if (!isOpen(one)) continue;
    const lane = withLanes ? laneOf(one) : '';
    if (withLanes && (lanes.has(lane) || passed.has(lane))) {
      passed.add(lane);
      rest.push(one);
      continue;
    }
    if (room.isUsed && one.size > room.bytes) break;
    room.isUsed = true;
    room.bytes -= one.size;
    taken.push(one);
  }
  room.records -= taken.length;
  partition.waiting = rest.length === 0 ? waiting.slice(at) : [...rest, ...waiting.slice(at)];
  if (withLanes) for (const one of taken) lanes.add(laneOf(one));
  return taken;
}

export function freeLanes({ partition: { lanes }, records }: SentBatch): void {
  if (lanes.size > 0) for (const one of records) lanes.delete(laneOf(one));
}

function laneOf({ record: { orderKey } }: WaitingRecord): string {
  return orderKey === undefined ? '' : `=${orderKey}`;
}

/** The records are on the topic; `offset` is that of the first, negative where the broker no longer knows it. */
export function confirm(
  { partition: { topic, partition }, records }: SentBatch,
  offset: number,
): void {
  records.forEach((waiting, i) => {
    const position =
      offset < 0 ? null : { topic, partition: String(partition), offset: String(offset + i) };
    waiting.settle({ status: 'sent', receipt: { position } });
  });
}

export function refuse(
  records: readonly WaitingRecord[],
  error: unknown,
  status: 'notSent' | 'unknown',
): void {
  const { type = '' } = rootOf(error);
  const more = TOO_LARGE.has(type) ? ({ tooLarge: true } as const) : {};
  for (const waiting of records)
    if (isOpen(waiting)) {
      const { topic } = waiting.record;
      waiting.settle({ status, error: serviceFault(error, { topic }), ...more });
    }
}

/**
 * What the broker's refusal of a batch says.
 *
 * - `stored`: it has the batch already, and no longer knows where.
 * - `one`: a record of it is to blame, perhaps one alone.
 * - `refused`: nobody may write it, for good.
 * - `number`: it does not know the number; the batch is not stored by this request.
 * - `later`: it is not stored, and may be later.
 * - `unsaid`: it may be stored or not, and the same may be sent again.
 * - `unknown`: it may be stored or not.
 */
export type Verdict = 'stored' | 'one' | 'refused' | 'number' | 'later' | 'unsaid' | 'unknown';

export function verdictOn(error: unknown): Verdict {
  const { type = '', retriable } = rootOf(error);
  if (type === 'DUPLICATE_SEQUENCE_NUMBER') return 'stored';
  if (OF_ONE.has(type)) return 'one';
  if (OF_NUMBER.has(type)) return 'number';
  if (UNSAID.has(type)) return 'unsaid';
  if (type === 'UNKNOWN_TOPIC_OR_PARTITION') return 'later';
  if (isRefusal(error)) return 'refused';
  return retriable === true ? 'later' : 'unknown';
}

const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);
const OF_ONE = new Set([...TOO_LARGE, 'INVALID_RECORD', 'INVALID_TIMESTAMP']);
const OF_NUMBER = new Set([
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_PRODUCER_EPOCH',
]);
const UNSAID = new Set([
  'REQUEST_TIMED_OUT',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  'NETWORK_EXCEPTION',
]);
