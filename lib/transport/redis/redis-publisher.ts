import { monotonicNow } from '../../common/clocks.js';
import { ClosedError, DeadlineError } from '../../errors/index.js';
import type { OutgoingRecord, PublishOutcome } from '../transport.interface.js';
import type { RedisConnection } from './redis-connection.js';
import type { RecordPublisher } from './redis-deployment.js';
import {
  faultOf,
  ForbiddenError,
  isForbidden,
  NotConnectedError,
  serviceFault,
} from './redis-errors.js';
import { text } from './redis-reply.js';
import type { XaddPipeline } from './xadd-pipeline.js';

/** Without any reply for so long, and a ms for each record, the connection is replaced. */
const REPLY_MS = 5_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The records of one `publish` call, until each has its outcome. */
interface Batch {
  readonly records: readonly OutgoingRecord[];
  readonly finish: (outcomes: PublishOutcome[]) => void;
  written: boolean;
}

/**
 * Writes records with `XADD topic MAXLEN ~ n * field value …` as the reference does, one pipeline a
 * call, in the order of the calls. A record is written once: without a reply its outcome is `unknown`.
 */
export class RedisPublisher implements RecordPublisher {
  private readonly batches = new Set<Batch>();
  private readonly onDrained: (() => void)[] = [];
  private closed = false;

  constructor(
    private readonly connection: RedisConnection,
    private readonly xadd: XaddPipeline,
  ) {}

  /** Waits for a connection where there is none. Never rejects; ends by the deadline (by `monotonicNow`). */
  publish(records: readonly OutgoingRecord[], deadline: number): Promise<PublishOutcome[]> {
    if (this.closed) return Promise.resolve(records.map(closedOutcome));
    if (records.length === 0) return Promise.resolve([]);
    return new Promise((resolve) => {
      const left = Math.min(LONGEST_TIMER_MS, Math.max(0, deadline - monotonicNow()));
      const timer = setTimeout(() => batch.finish(records.map((r) => late(r, batch))), left);
      const finish = (outcomes: PublishOutcome[]): void => {
        clearTimeout(timer);
        this.batches.delete(batch);
        resolve(outcomes);
        if (this.batches.size === 0) this.onDrained.splice(0).forEach((tell) => tell());
      };
      const batch: Batch = { records, finish, written: false };
      this.batches.add(batch);
      this.connection.start();
      this.write();
    });
  }

  /** Writes what waits, if there is a connection. To be called whenever there is one. */
  write(): void {
    for (const batch of this.batches) {
      if (!this.connection.isReady) return;
      if (batch.written) continue;
      batch.written = true;
      void this.send(batch);
    }
  }

  /** Takes no more; what waits for a connection is not sent, what is written gets its outcome. */
  close(): void {
    this.closed = true;
    for (const batch of this.batches)
      if (!batch.written) batch.finish(batch.records.map(closedOutcome));
  }

  /** Resolves when every record has its outcome. */
  async drained(): Promise<void> {
    while (this.batches.size > 0)
      await new Promise<void>((resolve) => this.onDrained.push(resolve));
  }

  private async send(batch: Batch): Promise<void> {
    try {
      const pipeline = this.connection.inner.pipeline();
      for (const record of batch.records) this.xadd.add(pipeline, record);
      const patience = REPLY_MS + batch.records.length;
      const replies = (await this.connection.within(pipeline.exec(), 'XADD', patience)) ?? [];
      batch.finish(batch.records.map((record, i) => outcomeOf(record, replies[i])));
    } catch (error) {
      batch.finish(batch.records.map((record) => failure(record, error)));
    }
  }
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

/** Without a reply. */
export function failure({ topic }: OutgoingRecord, error: unknown): PublishOutcome {
  return {
    status: faultOf(error) === 'lost' ? 'unknown' : 'notSent',
    error: isForbidden(error)
      ? new ForbiddenError(`XADD on ${topic}`, error, { topic })
      : serviceFault(error, { topic }),
  };
}

function late({ topic }: OutgoingRecord, { written }: Batch): PublishOutcome {
  const error = new DeadlineError('Publishing to Redis', { topic });
  return { status: written ? 'unknown' : 'notSent', error };
}

function closedOutcome({ topic }: OutgoingRecord): PublishOutcome {
  return { status: 'notSent', error: new ClosedError('The Redis transport', { topic }) };
}
