import { slicesOf } from '../../../common/slices.js';
import type {
  DeadLetterStore,
  DeadLetterTopic,
  LetterClosing,
  StoredLetter,
} from '../../dead-letter-store.interface.js';
import type { RecordPosition } from '../../transport.interface.js';
import type { RedisArgument } from '../client/redis-client.js';
import { requestAgain } from '../client/request-again.js';
import { streamEntries, type StreamEntry } from '../client/redis-reply.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import { lastId } from '../consuming/read-bound.js';
import { entryRecord } from '../consuming/redis-delivery.js';
import { probeKey } from '../client/key-probe.js';
import { BEFORE_FIRST, isEntryId, positionIn } from '../group/stream-group.js';
import { closingFields, closingOf } from './closing-entry.js';
import { CLAIM, claimsKey, CLOSE, closingsKey, PROBE, RELEASE } from './letter-scripts.js';

/** So few letters are done in one step of Redis that nobody else waits for long. */
const LETTERS_PER_STEP = 20;
const MOST_CLOSINGS = 100_000;
/** A page has at most so many entries, and about so many bytes. */
const PAGE_ENTRIES = 100;
const FIRST_PAGE_ENTRIES = 10;
const PAGE_BYTES = 1_000_000;

/**
 * Dead letters in streams: a letter is an entry until it is closed. Claims and closings are in keys beside the stream, in its
 * slot, and change with it in one step of Redis.
 */
export class RedisDeadLetters implements DeadLetterStore {
  constructor(private readonly connection: RedisConnection) {}

  /** Tries whatever this class does with letters, without an effect, so that a missing right or a wrong key shows. */
  async prepare({ name }: DeadLetterTopic): Promise<void> {
    const last = ['+', '-', 'COUNT', 1];
    for (const key of [name, closingsKey(name)]) {
      await probeKey(key, 'stream', () => this.ask('XLEN', [key]));
      await probeKey(key, 'stream', () => this.ask('XREVRANGE', [key, ...last]));
      await probeKey(key, 'stream', () => this.ask('XRANGE', [key, '-', '0-1']));
      // No entry can have this id, and Redis looks at it last.
      await probeKey(key, 'stream', () =>
        this.ask('XADD', [key, 'NOMKSTREAM', '0-0', 'probe', '']),
      );
    }
    await probeKey(claimsKey(name), 'hash', () => this.run(name, PROBE, ['probe']));
  }

  async *open(topic: string, after: readonly RecordPosition[] = []): AsyncIterable<StoredLetter> {
    for await (const { id, fields } of this.entries(topic, positionIn(topic, after)))
      if (fields)
        yield {
          record: entryRecord(topic, id, fields),
          position: { topic, partition: '0', offset: id },
        };
  }

  async claim(
    topic: string,
    positions: readonly RecordPosition[],
    owner: string,
    ms: number,
  ): Promise<readonly RecordPosition[]> {
    const taken: RecordPosition[] = [];
    for (const some of slicesOf(
      positions.filter((position) => isEntryOf(topic, position)),
      LETTERS_PER_STEP,
    )) {
      const ids = some.map(({ offset }) => offset);
      const reply = await this.run(topic, CLAIM, [owner, Math.ceil(ms), ...ids]);
      for (const number of reply as unknown[]) taken.push(some[Number(number) - 1]!);
    }
    return taken;
  }

  async release(topic: string, positions: readonly RecordPosition[], owner: string): Promise<void> {
    for (const some of slicesOf(
      positions.filter((position) => isEntryOf(topic, position)),
      LETTERS_PER_STEP,
    ))
      await this.run(topic, RELEASE, [owner, ...some.map(({ offset }) => offset)]);
  }

  async close(topic: string, closings: readonly LetterClosing[], owner: string): Promise<void> {
    const ours = closings.filter(({ position }) => isEntryOf(topic, position));
    for (const some of slicesOf(ours, LETTERS_PER_STEP)) {
      const entries = some.flatMap((closing) => {
        const fields = closingFields(closing);
        return [closing.position.offset, fields.length, ...fields];
      });
      await this.run(topic, CLOSE, [owner, MOST_CLOSINGS, ...entries]);
    }
  }

  async *closings(topic: string): AsyncIterable<LetterClosing> {
    for await (const { fields } of this.entries(closingsKey(topic))) {
      const closing = fields && closingOf(topic, fields);
      if (closing) yield closing;
    }
  }

  async count(topic: string): Promise<number> {
    return Number(await this.ask('XLEN', [topic]));
  }

  /** Those after the id, up to the last one at the time of the call. */
  private async *entries(stream: string, after = BEFORE_FIRST): AsyncGenerator<StreamEntry> {
    const last = await requestAgain((deadline) => lastId(this.connection, stream, deadline));
    let from = after;
    let count = FIRST_PAGE_ENTRIES;
    for (;;) {
      const args = [stream, `(${from}`, last, 'COUNT', count];
      const page = streamEntries(await this.ask('XRANGE', args));
      yield* page;
      if (page.length < count) return;
      from = page.at(-1)!.id;
      const largest = Math.max(...page.map(bytesOf), 1);
      count = Math.min(PAGE_ENTRIES, 1 + Math.floor(PAGE_BYTES / largest));
    }
  }

  private run(topic: string, script: string, args: readonly RedisArgument[]): Promise<unknown> {
    const keys = [topic, claimsKey(topic), closingsKey(topic)];
    return this.ask('EVAL', [script, keys.length, ...keys, ...args]);
  }

  private ask(command: string, args: readonly RedisArgument[]): Promise<unknown> {
    return requestAgain((deadline) => this.connection.request(command, args, deadline));
  }
}

function isEntryOf(topic: string, position: RecordPosition): boolean {
  return position.topic === topic && position.partition === '0' && isEntryId(position.offset);
}

function bytesOf({ fields }: StreamEntry): number {
  return (fields ?? []).reduce((n, [name, value]) => n + name.length + value.length, 0);
}
