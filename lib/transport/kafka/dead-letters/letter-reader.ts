import { monotonicNow } from '../../../common/clocks.js';
import { pauseFor } from '../../../common/waiting.js';
import { ServiceUnavailableError } from '../../../errors/index.js';
import type { FetchedBatch, KafkaDriver } from '../kafka-driver.interface.js';
import { type LettersListener, PartitionLetters } from './partition-letters.js';

const PAGE_BYTES = 500_000;
/** How long a broker may give nothing although it has something. */
const STALLED_MS = 10_000;
const PAUSE_MS = 50;

type Reading = Pick<KafkaDriver, 'fetch' | 'offsets'>;

/**
 * What this process knows of the letters of one topic. It is read on from where it was read to, so a look costs no more than
 * what was done since the last one.
 */
export class TopicLetters {
  /** By partition. */
  private readonly known = new Map<number, PartitionLetters>();
  /** The last read of each partition: one at a time. */
  private readonly reads = new Map<number, Promise<unknown>>();

  constructor(
    private readonly driver: Reading,
    private readonly topic: string,
    private readonly listener: LettersListener,
  ) {}

  /** What is known now. Undefined for a partition that was never read. */
  of(partition: number): PartitionLetters | undefined {
    return this.known.get(partition);
  }

  /** What the records before `end` say. */
  readTo(partition: number, end: number): Promise<PartitionLetters> {
    const before = this.reads.get(partition) ?? Promise.resolve();
    const read = before.then(() => this.readOn(partition, end));
    const isOver = read.catch(() => undefined);
    this.reads.set(partition, isOver);
    return read;
  }

  private async readOn(partition: number, end: number): Promise<PartitionLetters> {
    const { driver, topic, listener } = this;
    const letters = this.known.get(partition) ?? (await this.begin(partition));
    const part = { topic, partition, from: letters.next, end };
    for await (const batch of recordsOf(driver, part)) letters.take(batch, listener);
    return letters;
  }

  private async begin(partition: number): Promise<PartitionLetters> {
    const earliest = await this.driver.offsets(this.topic, 'earliest');
    const letters = new PartitionLetters(earliest.get(partition) ?? 0);
    this.known.set(partition, letters);
    return letters;
  }
}

/** Records of a partition from one offset on and, at the least, up to another. */
export interface LogPart {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly end: number;
}

/** With which offset to go on, instead of the next one. */
export type SkipTo = (next: number) => number;

/**
 * The records of a part of the log, about 0.5 MB at a time. Those that the broker dropped are passed over; it ends early where
 * the log does. */
export async function* recordsOf(
  driver: Reading,
  { topic, partition, from, end }: LogPart,
  skipTo: SkipTo = (next) => next,
): AsyncGenerator<FetchedBatch> {
  let stalledAt: number | undefined;
  for (let offset = from; offset < end;) {
    const batch = await driver.fetch({ topic, partition, offset }, PAGE_BYTES);
    if (!batch) {
      const earliest = (await driver.offsets(topic, 'earliest')).get(partition) ?? 0;
      if (earliest <= offset) return;
      offset = skipTo(earliest);
    } else if (batch.next > offset) {
      stalledAt = undefined;
      yield batch;
      offset = skipTo(batch.next);
    } else {
      stalledAt ??= monotonicNow();
      if (monotonicNow() - stalledAt > STALLED_MS) throw stalled(topic, partition, offset);
      await pauseFor(PAUSE_MS);
    }
  }
}

function stalled(topic: string, partition: number, offset: number): Error {
  const reason = `${topic}[${partition}] has records from offset ${offset} on, but none of them was received within ${STALLED_MS} ms. Try again`;
  return new ServiceUnavailableError('Kafka', reason, { topic });
}
