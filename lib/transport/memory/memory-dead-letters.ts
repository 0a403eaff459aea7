import type {
  DeadLetterStore,
  DeadLetterTopic,
  LetterClosing,
  StoredLetter,
} from '../dead-letter-store.interface.js';
import type { RecordPosition } from '../transport.interface.js';
import { copyRecord } from '../common/copy-record.js';
import type { MemoryBroker } from './memory-broker.js';

/** Dead letters of the in-memory broker: kept until they are closed, as long as the broker object lives. */
export class MemoryDeadLetters implements DeadLetterStore {
  constructor(private readonly broker: MemoryBroker) {}

  prepare({ name }: DeadLetterTopic): Promise<void> {
    this.broker.letters(name);
    return Promise.resolve();
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- as other transports, which ask a broker
  async *open(topic: string, after: readonly RecordPosition[] = []): AsyncIterable<StoredLetter> {
    if (!this.broker.has(topic)) return;
    const letters = this.broker.letters(topic);
    for (const partition of letters.topic.partitions) {
      const from = after.find((position) => position.partition === String(partition.index));
      const { end } = partition;
      for (let offset = from ? Number(from.offset) + 1 : 0; offset < end; offset++) {
        const stored = partition.at(offset);
        if (!stored || letters.isClosed(partition, offset)) continue;
        yield { record: copyRecord(stored.record), position: partition.position(offset) };
      }
    }
  }

  claim(
    topic: string,
    positions: readonly RecordPosition[],
    owner: string,
    ms: number,
  ): Promise<readonly RecordPosition[]> {
    const letters = this.broker.letters(topic);
    return Promise.resolve(positions.filter((position) => letters.claim(position, owner, ms)));
  }

  release(topic: string, positions: readonly RecordPosition[], owner: string): Promise<void> {
    const letters = this.broker.letters(topic);
    for (const position of positions) letters.release(position, owner);
    return Promise.resolve();
  }

  close(topic: string, closings: readonly LetterClosing[], owner: string): Promise<void> {
    const letters = this.broker.letters(topic);
    for (const closing of closings) letters.close(closing, owner);
    return Promise.resolve();
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- as other transports, which ask a broker
  async *closings(topic: string): AsyncIterable<LetterClosing> {
    yield* this.broker.letters(topic).closings;
  }

  count(topic: string): Promise<number> {
    return Promise.resolve(this.broker.letters(topic).open);
  }
}
