import { timerMs } from '../../../common/waiting.js';
import { monotonicNow } from '../../../common/clocks.js';
import { ClosedError, SendTimeoutError } from '../../../errors/index.js';
import type { OutcomeListener, OutgoingRecord, PublishOutcome } from '../../transport.interface.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import type { RecordPublisher } from '../connection/redis-deployment.js';
import {
  faultOf,
  ForbiddenError,
  isForbidden,
  NotConnectedError,
  serviceFault,
} from '../client/redis-errors.js';
import type { RedisPipeline } from '../client/redis-client.js';
import { text } from '../client/redis-reply.js';
import type { XaddPipeline } from './xadd-pipeline.js';

/** Without any reply for so long the connection is replaced. */
const REPLY_MS = 5_000;
const RECORDS_PER_PIPELINE = 1_000;
/** So many pipelines may be without an answer before records wait to fill one. */
const MOST_UNDER_WAY = 5;

/** The records of one `publish` call, until each has its outcome. */
class Batch {
  /** Those before were written. */
  written = 0;
  private readonly outcomes: (PublishOutcome | undefined)[];
  private open: number;

  constructor(
    readonly records: readonly OutgoingRecord[],
    private readonly finish: (batch: Batch, outcomes: PublishOutcome[]) => void,
    private readonly told?: OutcomeListener,
  ) {
    this.open = records.length;
    this.outcomes = new Array<PublishOutcome | undefined>(records.length).fill(undefined);
  }

  get isWritten(): boolean {
    return this.written === this.records.length;
  }

  /** The first outcome of a record counts. */
  end(i: number, outcome: PublishOutcome): void {
    if (this.outcomes[i]) return;
    this.outcomes[i] = outcome;
    this.told?.(i, outcome);
    if (--this.open === 0) this.finish(this, this.outcomes as PublishOutcome[]);
  }

  /** No record is written any more. */
  endUnwritten(outcome: (record: OutgoingRecord) => PublishOutcome): void {
    const first = this.written;
    this.written = this.records.length;
    for (let i = first; i < this.records.length; i++) this.end(i, outcome(this.records[i]!));
  }
}

/**
 * Writes records with `XADD topic MAXLEN ~ n * field value …` as Python does, in the order of the
 * calls: what waits travels together, up to 1,000 records and, where the way to Redis is slow, fewer. A record is
 * written once: without a reply its outcome is `unknown`.
 */
export class RedisPublisher implements RecordPublisher {
  private readonly batches = new Set<Batch>();
  /** Those that are not wholly written. */
  private readonly waiting = new Set<Batch>();
  private readonly window = new SendWindow();
  /** Records that are to be written. */
  private unwritten = 0;
  /** Pipelines without an answer. */
  private underWay = 0;
  private readonly onDrained: (() => void)[] = [];
  private closed = false;

  constructor(
    private readonly connection: RedisConnection,
    private readonly xadd: XaddPipeline,
  ) {}

  /** Waits for a connection where there is none. Never rejects; ends by the deadline (by `monotonicNow`). */
  publish(
    records: readonly OutgoingRecord[],
    deadline: number,
    told?: OutcomeListener,
  ): Promise<PublishOutcome[]> {
    if (this.closed) return Promise.resolve(records.map(closedOutcome));
    if (records.length === 0) return Promise.resolve([]);
    return new Promise((resolve) => {
      const left = timerMs(deadline - monotonicNow());
      const finish = (_: Batch, outcomes: PublishOutcome[]): void => {
        clearTimeout(timer);
        this.forget(batch);
        resolve(outcomes);
      };
      const batch = new Batch(records, finish, told);
      const timer = setTimeout(() => this.expire(batch, left), left);
      this.batches.add(batch);
      this.waiting.add(batch);
      this.unwritten += records.length;
      this.connection.start();
      this.write();
    });
  }

  /** Writes what waits, as far as there is a connection and room on it. To be called whenever there is a connection. */
  write(): void {
    while (this.waiting.size > 0 && this.connection.isReady && this.window.hasRoom()) {
      // What waits for an answer gathers more to travel with.
      if (this.underWay >= MOST_UNDER_WAY && this.unwritten < RECORDS_PER_PIPELINE) return;
      void this.writePipeline();
    }
  }

  /** Takes no more; what is not written yet is not sent, what is written gets its outcome. */
  close(): void {
    this.closed = true;
    for (const batch of this.waiting) this.drop(batch, closedOutcome);
  }

  /** Resolves when every record has its outcome. */
  async drained(): Promise<void> {
    while (this.batches.size > 0)
      await new Promise<void>((resolve) => this.onDrained.push(resolve));
  }

  private forget(batch: Batch): void {
    this.waiting.delete(batch);
    this.batches.delete(batch);
    if (this.batches.size === 0) this.onDrained.splice(0).forEach((tell) => tell());
  }

  private async writePipeline(): Promise<void> {
    const parts: Part[] = [];
    let bytes = 0;
    let isSent = false;
    this.underWay++;
    try {
      const pipeline = this.connection.inner.pipeline();
      bytes = this.fill(pipeline, parts);
      const sentAt = performance.now();
      this.window.sent(bytes);
      isSent = true;
      const replies = (await this.connection.within(pipeline.exec(), 'XADD', REPLY_MS)) ?? [];
      this.window.answered(bytes, performance.now() - sentAt);
      let at = 0;
      for (const { batch, from, to } of parts)
        for (let i = from; i < to; i++) batch.end(i, outcomeOf(batch.records[i]!, replies[at++]));
    } catch (error) {
      if (isSent) this.window.lost(bytes);
      for (const { batch, from, to } of parts)
        for (let i = from; i < to; i++) batch.end(i, failure(batch.records[i]!, error));
      // What cannot be written at all must not be tried for ever.
      const stuck = parts.length > 0 ? parts.map(({ batch }) => batch) : this.waiting;
      if (!isSent) for (const batch of stuck) this.drop(batch, (record) => failure(record, error));
    }
    this.underWay--;
    this.write();
  }

  /** Takes what is next, in order, as far as there is room; returns its bytes, about. */
  private fill(pipeline: RedisPipeline, parts: Part[]): number {
    let room = RECORDS_PER_PIPELINE;
    let bytes = 0;
    for (const batch of this.waiting) {
      const part = { batch, from: batch.written, to: batch.written };
      parts.push(part);
      while (!batch.isWritten) {
        if (room-- === 0 || (bytes > 0 && !this.window.hasRoom(bytes))) return bytes;
        part.to = ++batch.written;
        this.unwritten--;
        bytes += this.xadd.add(pipeline, batch.records[part.to - 1]!);
      }
      this.waiting.delete(batch);
    }
    return bytes;
  }

  /** The deadline has passed: what is not written yet never is. */
  private expire(batch: Batch, ms: number): void {
    const { records, written } = batch;
    for (let i = 0; i < written; i++)
      batch.end(i, lateOutcome(records[i]!, { isWritten: true, ms }));
    this.drop(batch, (record) => lateOutcome(record, { isWritten: false, ms }));
  }

  /** Nothing more of it is written. */
  private drop(batch: Batch, outcome: (record: OutgoingRecord) => PublishOutcome): void {
    this.unwritten -= batch.records.length - batch.written;
    this.waiting.delete(batch);
    batch.endUnwritten(outcome);
  }
}

/** Records of one batch that travel in a pipeline. */
interface Part {
  readonly batch: Batch;
  readonly from: number;
  to: number;
}

export type PipelineReply = [error: Error | null, reply: unknown];

/** What the reply to an XADD says. */
export function outcomeOf(
  record: OutgoingRecord,
  reply: PipelineReply | undefined,
): PublishOutcome {
  const [error, id] = reply ?? [new NotConnectedError()];
  if (error) return failure(record, error);
  const position = { topic: record.topic, partition: '0', offset: text(id) };
  return { status: 'sent', receipt: { position } };
}

/** Past the deadline, which was `ms` after the call. */
export function lateOutcome(
  { topic }: OutgoingRecord,
  { isWritten, ms }: { isWritten: boolean; ms: number },
): PublishOutcome {
  const what = isWritten ? 'Publishing to Redis' : 'Waiting to publish to Redis';
  const error = new SendTimeoutError(what, ms, { topic });
  return { status: isWritten ? 'unknown' : 'notSent', error };
}

/** Without a reply. */
export function failure({ topic }: OutgoingRecord, error: unknown): PublishOutcome {
  return {
    status: faultOf(error) === 'lost' ? 'unknown' : 'notSent',
    error: isForbidden(error)
      ? new ForbiddenError(`XADD on ${topic}`, error, { topic })
      : serviceFault(error, { topic }),
  };
}

function closedOutcome({ topic }: OutgoingRecord): PublishOutcome {
  return { status: 'notSent', error: new ClosedError('The Redis transport', { topic }) };
}

/** So much is on its way at first, at the least and at the most. */
const FIRST_BYTES = 64_000;
const LEAST_BYTES = 16_000;
const MOST_BYTES = 8_000_000;
/** What is on its way is answered so much later than a little would be: more is too much. */
const QUICK_MS = 500;
const SLOW_MS = 1_500;

/**
 * How many bytes may be on their way to Redis and not answered yet. It grows while answers come as quickly as they can, and
 * shrinks on a slow way: what cannot be written in time waits here, where it can still be given up.
 */
export class SendWindow {
  private size = FIRST_BYTES;
  private flying = 0;
  private quickestMs = Infinity;

  /** Whether more may be sent behind so much that is about to be: one record always may, when nothing is on its way. */
  hasRoom(behind = 0): boolean {
    const bytes = this.flying + behind;
    return bytes === 0 || bytes < this.size;
  }

  sent(bytes: number): void {
    this.flying += bytes;
  }

  /** All of it was answered, `ms` after it was sent. */
  answered(bytes: number, ms: number): void {
    const wasFull = this.flying * 2 >= this.size;
    this.flying -= bytes;
    this.quickestMs = Math.min(this.quickestMs, ms);
    const waited = ms - this.quickestMs;
    if (waited > SLOW_MS) this.size = Math.max(LEAST_BYTES, this.size / 2);
    else if (wasFull && waited < QUICK_MS) this.size = Math.min(MOST_BYTES, this.size * 2);
  }

  /** Nothing will be heard of it. */
  lost(bytes: number): void {
    this.flying -= bytes;
    this.size = FIRST_BYTES;
    this.quickestMs = Infinity;
  }
}
