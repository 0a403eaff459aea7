import { monotonicNow } from '../../../common/clocks.js';
import { ClosedError } from '../../../errors/index.js';
import { backoffDelay, timerMs } from '../../../common/waiting.js';
import type { OutcomeListener, OutgoingRecord, PublishOutcome } from '../../transport.interface.js';
import type { ClusterNodes } from '../connection/cluster-nodes.js';
import type { RecordPublisher } from '../connection/redis-deployment.js';
import { faultOf } from '../client/redis-errors.js';
import {
  failure,
  lateOutcome,
  outcomeOf,
  type PipelineReply,
  SendWindow,
} from './redis-publisher.js';
import type { XaddPipeline } from './xadd-pipeline.js';

const RECORDS_PER_ROUND = 1_000;
/** Without any reply for so long the connection is replaced. */
const REPLY_MS = 5_000;
const FIRST_RETRY_MS = 20;
const LONGEST_RETRY_MS = 500;

interface Waiting {
  readonly record: OutgoingRecord;
  readonly finish: (outcome: PublishOutcome) => void;
  written: boolean;
  done: boolean;
}

/** What waits for one stream, and the tries that failed since the last that did not. */
interface Queue {
  readonly waiting: Waiting[];
  readonly window: SendWindow;
  running: boolean;
  failures: number;
  retry: NodeJS.Timeout | undefined;
}

/**
 * Writes records to the masters of their streams, one pipeline at a time for each stream: so their
 * order holds while a slot moves. A record is written once; only one that a node rejected because the
 * stream is not, or not yet, there is written again.
 */
export class ClusterPublisher implements RecordPublisher {
  private readonly queues = new Map<string, Queue>();
  private readonly unfinished = new Set<Waiting>();
  private readonly onDrained: (() => void)[] = [];
  private closed = false;

  constructor(
    private readonly nodes: ClusterNodes,
    private readonly xadd: XaddPipeline,
  ) {}

  async publish(
    records: readonly OutgoingRecord[],
    deadline: number,
    told?: OutcomeListener,
  ): Promise<PublishOutcome[]> {
    this.nodes.command.start();
    const left = timerMs(deadline - monotonicNow());
    const added: Waiting[] = [];
    const timer = setTimeout(() => added.forEach((waiting) => late(waiting, left)), left);
    const outcomes = records.map(
      (record, index) =>
        new Promise<PublishOutcome>((resolve) => {
          const finish = (outcome: PublishOutcome): void => {
            told?.(index, outcome);
            resolve(outcome);
          };
          added.push(this.add(record, finish));
        }),
    );
    for (const topic of new Set(records.map((record) => record.topic))) this.writeTo(topic);
    try {
      return await Promise.all(outcomes);
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    this.closed = true;
    for (const waiting of this.unfinished) if (!waiting.written) waiting.finish(closed(waiting));
    for (const { retry } of this.queues.values()) clearTimeout(retry);
    this.queues.clear();
  }

  async drained(): Promise<void> {
    while (this.unfinished.size > 0)
      await new Promise<void>((resolve) => this.onDrained.push(resolve));
  }

  private add(record: OutgoingRecord, resolve: (outcome: PublishOutcome) => void): Waiting {
    const finish = (outcome: PublishOutcome): void => {
      if (waiting.done) return;
      waiting.done = true;
      this.unfinished.delete(waiting);
      resolve(outcome);
      if (this.unfinished.size === 0) this.onDrained.splice(0).forEach((tell) => tell());
    };
    const waiting: Waiting = { record, finish, written: false, done: false };
    this.unfinished.add(waiting);
    if (this.closed) finish(closed(waiting));
    else this.queueOf(record.topic).waiting.push(waiting);
    return waiting;
  }

  private queueOf(topic: string): Queue {
    let queue = this.queues.get(topic);
    if (!queue) {
      queue = {
        waiting: [],
        window: new SendWindow(),
        running: false,
        failures: 0,
        retry: undefined,
      };
      this.queues.set(topic, queue);
    }
    return queue;
  }

  private writeTo(topic: string): void {
    const queue = this.queues.get(topic);
    if (!queue || queue.running || queue.retry) return;
    const round = nextRound(queue);
    if (round.length === 0) {
      this.queues.delete(topic);
      return;
    }
    const address = this.nodes.command.isReady ? this.nodes.ownerOf(topic) : undefined;
    const node = address === undefined ? undefined : this.nodes.at(address);
    node?.start();
    if (!node?.isReady) {
      queue.waiting.unshift(...round);
      // Where nothing becomes ready by itself, another node may have the stream by then.
      this.tryLater(topic, queue);
      return;
    }
    queue.running = true;
    const { window } = queue;
    const pipeline = node.inner.pipeline();
    const sentAt = performance.now();
    let [count, bytes] = [0, 0];
    while (count < round.length && window.hasRoom(bytes))
      bytes += this.xadd.add(pipeline, round[count++]!.record);
    queue.waiting.unshift(...round.splice(count));
    for (const waiting of round) waiting.written = true;
    window.sent(bytes);
    node
      .within(pipeline.exec(), 'XADD', REPLY_MS)
      .then((replies) => {
        window.answered(bytes, performance.now() - sentAt);
        this.answered(queue, round, replies ?? []);
      })
      .catch((error: unknown) => {
        window.lost(bytes);
        for (const waiting of round) waiting.finish(failure(waiting.record, error));
      })
      .finally(() => {
        queue.running = false;
        this.writeTo(topic);
      });
  }

  private answered(queue: Queue, round: Waiting[], replies: readonly PipelineReply[]): void {
    const again: Waiting[] = [];
    round.forEach((waiting, i) => {
      const error = replies[i]?.[0];
      if (error && faultOf(error) === 'moved' && !this.closed) again.push(waiting);
      else waiting.finish(outcomeOf(waiting.record, replies[i]));
    });
    if (again.length === 0) {
      queue.failures = 0;
      return;
    }
    for (const waiting of again) waiting.written = false;
    queue.waiting.unshift(...again);
    this.tryLater(again[0]!.record.topic, queue);
  }

  private tryLater(topic: string, queue: Queue): void {
    if (queue.failures++ > 0) this.nodes.refresh();
    const delay = backoffDelay(queue.failures, FIRST_RETRY_MS, LONGEST_RETRY_MS);
    queue.retry = setTimeout(() => {
      queue.retry = undefined;
      this.writeTo(topic);
    }, delay);
  }
}

/** Takes what is next; what is late by now is no longer written. */
function nextRound(queue: Queue): Waiting[] {
  const round = queue.waiting.splice(0, RECORDS_PER_ROUND).filter(({ done }) => !done);
  return round.length > 0 || queue.waiting.length === 0 ? round : nextRound(queue);
}

function late({ record, written: isWritten, finish }: Waiting, ms: number): void {
  finish(lateOutcome(record, { isWritten, ms }));
}

function closed({ record: { topic } }: Waiting): PublishOutcome {
  return { status: 'notSent', error: new ClosedError('The Redis transport', { topic }) };
}
