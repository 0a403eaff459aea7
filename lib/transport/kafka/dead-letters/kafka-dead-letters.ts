import { SharedWork } from '../../../common/shared-work.js';
import type { LogFields } from '../../../common/log-fields.js';
import { monotonicNow } from '../../../common/clocks.js';
import { slicesOf } from '../../../common/slices.js';
import { EventBusError } from '../../../errors/index.js';
import { copyRecord } from '../../common/copy-record.js';
import type {
  DeadLetterStore,
  DeadLetterTopic,
  LetterClosing,
  StoredLetter,
} from '../../dead-letter-store.interface.js';
import type { RecordPosition } from '../../transport.interface.js';
import { offsetsAfter } from '../consuming/start-places.js';
import type {
  FetchedBatch,
  KafkaDriver,
  PartitionOffsets,
  PublishRecords,
} from '../kafka-driver.interface.js';
import { serviceFault, typed } from '../kafka-errors.js';
import { type Control, controlRecord, MOST_OFFSETS } from './control-record.js';
import { type LogPart, recordsOf, type SkipTo, TopicLetters } from './letter-reader.js';
import { prepareOwnTopic } from '../own-topics/own-topic.js';
import { PartitionLetters } from './partition-letters.js';

const PUBLISH_MS = 10_000;
const WARN_EACH_MS = 60_000;

export interface DeadLettersParts {
  readonly driver: KafkaDriver;
  readonly publish: PublishRecords;
  /** For commands in error messages. */
  readonly brokers: readonly string[];
  readonly warn: (line: string, fields: LogFields) => void;
  /** Whether there is a `count`. */
  readonly counts: boolean;
}

interface KnownTopic {
  readonly id: string | undefined;
  readonly letters: TopicLetters;
  /** The first offset of each partition, and the one after the last, when they were asked for. */
  readonly first: PartitionOffsets;
  readonly ends: PartitionOffsets;
}

interface LetterPlace {
  readonly partition: number;
  readonly offset: number;
}

/**
 * Dead letters in a topic. Kafka deletes no single record, and changes none on a condition: what is done to a letter is a
 * further record of its partition, and what all of them say, in the order of the log, holds.
 */
export class KafkaDeadLetters implements DeadLetterStore {
  /** The first call for a topic reads all that is in it, later ones what was added; who calls meanwhile has the same answer. */
  readonly count?: (topic: string) => Promise<number>;
  private readonly topics = new Map<string, KnownTopic>();
  private readonly counting = new SharedWork<number>();
  private warnedAt = -Infinity;

  constructor(private readonly parts: DeadLettersParts) {
    if (parts.counts)
      this.count = (topic) =>
        this.counting.of(topic, () => typed({ topic }, () => this.countOpen(topic)));
  }

  prepare(topic: DeadLetterTopic): Promise<void> {
    return typed({ topic: topic.name }, () =>
      prepareOwnTopic(topic, { kind: 'dead-letter topic' }, this.parts),
    );
  }

  async *open(topic: string, after: readonly RecordPosition[] = []): AsyncIterable<StoredLetter> {
    const starts = new Map(offsetsAfter(topic, after));
    const { letters, first, ends } = await typed({ topic }, () => this.look(topic));
    for (const [partition, end] of inOrder(ends)) {
      const known = await typed({ topic }, () => letters.readTo(partition, end));
      const earliest = first.get(partition) ?? 0;
      known.forgetBelow(earliest);
      const skipTo: SkipTo = (next) => known.open.next(next, end) ?? end;
      const from = skipTo(Math.max(starts.get(partition) ?? 0, earliest));
      for await (const { records } of this.read({ topic, partition, from, end }, skipTo))
        for (const { offset, record } of records)
          if (offset >= from && offset < end && known.open.has(offset))
            yield { record: copyRecord(record), position: positionOf(topic, partition, offset) };
    }
  }

  claim(
    topic: string,
    positions: readonly RecordPosition[],
    owner: string,
    ms: number,
  ): Promise<readonly RecordPosition[]> {
    return typed({ topic }, async () => {
      const { letters, ends } = await this.known(topic, positions);
      const wanted = positions.filter((position) => isIn(topic, ends, position));
      const controls = controlsOf(wanted, (offsets) => {
        return { kind: 'claim', offsets, owner, ms: Math.ceil(ms) };
      });
      await this.write(topic, controls);
      return wanted.filter((position) => holds(letters, position, owner));
    });
  }

  release(topic: string, positions: readonly RecordPosition[], owner: string): Promise<void> {
    return typed({ topic }, async () => {
      const { letters, ends } = await this.known(topic, positions);
      const held = positions.filter(
        (position) => isIn(topic, ends, position) && holds(letters, position, owner),
      );
      await this.write(
        topic,
        controlsOf(held, (offsets) => ({ kind: 'release', offsets, owner })),
      );
    });
  }

  close(topic: string, closings: readonly LetterClosing[], owner: string): Promise<void> {
    return typed({ topic }, async () => {
      const positions = closings.map(({ position }) => position);
      const { letters, ends } = await this.known(topic, positions);
      const controls = closings.flatMap((closing): PartitionControl[] => {
        if (!isIn(topic, ends, closing.position)) return [];
        const { partition, offset } = placeOf(closing.position);
        if (letters.of(partition)?.isClosed(offset)) return [];
        return [{ partition, control: { kind: 'closing', offset, owner, closing } }];
      });
      await this.write(topic, controls);
    });
  }

  async *closings(topic: string): AsyncIterable<LetterClosing> {
    const { first, ends } = await typed({ topic }, () => this.look(topic));
    for (const [partition, end] of inOrder(ends)) {
      const from = first.get(partition) ?? 0;
      const letters = new PartitionLetters(from);
      for await (const batch of this.read({ topic, partition, from, end })) {
        const found: LetterClosing[] = [];
        letters.take(batch, { closed: (closing) => void found.push(closing) });
        yield* found;
      }
    }
  }

  private async countOpen(topic: string): Promise<number> {
    const { letters, first, ends } = await this.look(topic);
    let open = 0;
    for (const [partition, end] of ends) {
      const known = await letters.readTo(partition, end);
      const earliest = first.get(partition) ?? 0;
      known.forgetBelow(earliest);
      open += known.open.countFrom(earliest);
    }
    return open;
  }

  /** As `recordsOf`, with errors of ours. */
  private async *read(part: LogPart, skipTo?: SkipTo): AsyncGenerator<FetchedBatch> {
    try {
      yield* recordsOf(this.parts.driver, part, skipTo);
    } catch (error) {
      throw error instanceof EventBusError ? error : serviceFault(error, { topic: part.topic });
    }
  }

  /** Writes what is done to letters, and reads on to it. */
  private async write(topic: string, controls: readonly PartitionControl[]): Promise<void> {
    if (controls.length === 0) return;
    const { letters } = this.topics.get(topic)!;
    const records = controls.map(({ partition, control }) =>
      controlRecord(topic, partition, control),
    );
    const outcomes = await this.parts.publish(records, monotonicNow() + PUBLISH_MS);
    const written = new Map<number, number>();
    for (const [i, outcome] of outcomes.entries()) {
      if (outcome.status !== 'sent') throw outcome.error;
      const { partition } = controls[i]!;
      const { position } = outcome.receipt;
      // Stored, and the broker no longer knows where: it is somewhere before the end.
      const end = position
        ? Number(position.offset) + 1
        : ((await this.parts.driver.offsets(topic, 'latest')).get(partition) ?? 0);
      written.set(partition, Math.max(end, written.get(partition) ?? 0));
    }
    for (const [partition, end] of written) await letters.readTo(partition, end);
  }

  /** What is known of a topic, where it has all the partitions that are named; else it is looked at. */
  private async known(topic: string, positions: readonly RecordPosition[]): Promise<KnownTopic> {
    const known = this.topics.get(topic);
    const isThere = ({ partition }: RecordPosition): boolean =>
      known?.ends.has(Number(partition)) ?? false;
    return known && positions.every(isThere) ? known : this.look(topic);
  }

  /** Asks which partitions there are. None where there is no topic; no topic is made by asking. */
  private async look(topic: string): Promise<KnownTopic> {
    const { driver } = this.parts;
    const state = (await driver.topics([topic])).get(topic);
    const before = this.topics.get(topic);
    const id = state?.id;
    const isSame = before !== undefined && state !== null && before.id === id;
    const letters = isSame
      ? before.letters
      : new TopicLetters(driver, topic, {
          malformed: (partition, offset) => this.warn(topic, partition, offset),
        });
    const [first, ends]: PartitionOffsets[] =
      state === null
        ? [new Map(), new Map()]
        : await Promise.all([driver.offsets(topic, 'earliest'), driver.offsets(topic, 'latest')]);
    const known: KnownTopic = { id, letters, first: first!, ends: ends! };
    this.topics.set(topic, known);
    return known;
  }

  private warn(topic: string, partition: number, offset: number): void {
    if (monotonicNow() - this.warnedAt < WARN_EACH_MS) return;
    this.warnedAt = monotonicNow();
    this.parts.warn(
      `the record at ${topic}[${partition}], offset ${offset}, is ignored, because it cannot be read. Its header openedx.dlq.record says that it reserves, releases or closes dead letters, but another program may have written it. Further such records within a minute are not logged`,
      { topic, partition: String(partition), offset: String(offset) },
    );
  }
}

interface PartitionControl {
  readonly partition: number;
  readonly control: Control;
}

/** One for each partition, and more where they are many. */
function controlsOf(
  positions: readonly RecordPosition[],
  control: (offsets: readonly number[]) => Control,
): PartitionControl[] {
  const byPartition = new Map<number, number[]>();
  for (const { partition, offset } of positions.map(placeOf))
    byPartition.set(partition, [...(byPartition.get(partition) ?? []), offset]);
  return [...byPartition].flatMap(([partition, offsets]) =>
    [...slicesOf(offsets, MOST_OFFSETS)].map((some) => ({ partition, control: control(some) })),
  );
}

function holds(letters: TopicLetters, position: RecordPosition, owner: string): boolean {
  const { partition, offset } = placeOf(position);
  return letters.of(partition)?.holds(offset, owner) ?? false;
}

/** Whether it may be a letter of the topic: a record for a partition that is not there would be written to another one. */
function isIn(topic: string, ends: PartitionOffsets, position: RecordPosition): boolean {
  const isNumber = /^\d{1,15}$/.test(position.offset) && /^\d{1,9}$/.test(position.partition);
  return position.topic === topic && isNumber && ends.has(Number(position.partition));
}

function placeOf({ partition, offset }: RecordPosition): LetterPlace {
  return { partition: Number(partition), offset: Number(offset) };
}

function positionOf(topic: string, partition: number, offset: number): RecordPosition {
  return { topic, partition: String(partition), offset: String(offset) };
}

function inOrder(offsets: PartitionOffsets): [partition: number, offset: number][] {
  return [...offsets].sort(([a], [b]) => a - b);
}
