import { ServiceUnavailableError } from '../../../../errors/index.js';
import type { Codecs } from '../compression/decompress.js';
import { ByteReader } from './byte-reader.js';
import { type PartitionBytes, readPartition } from './partition-records.js';
import type { ReadMessage } from './read-message.js';

/** Messages of an answer that are read at once: the rest comes again, to what has been handled by then. */
const MOST_MESSAGES = 100_000;

/** Bytes that a topic of an answer has at least, and a partition of the first version. */
const LEAST_TOPIC = 6;
const LEAST_PARTITION = 18;

interface FetchedPartition {
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: string;
  readonly lastStableOffset: string;
  readonly lastStartOffset: string;
  readonly abortedTransactions: readonly { producerId: string; firstOffset: string }[];
  readonly preferredReadReplica: number;
  messages: readonly ReadMessage[];
}

/** An answer to Fetch, as kafkajs has it. */
export interface FetchAnswer {
  readonly throttleTime: number;
  readonly clientSideThrottleTime: number;
  readonly errorCode: number;
  readonly sessionId: number;
  readonly responses: readonly {
    readonly topicName: string;
    readonly partitions: readonly FetchedPartition[];
  }[];
}

/** A request to Fetch, as kafkajs makes it. */
export interface FetchRequest {
  readonly maxBytes?: number;
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly fetchOffset: string | number;
      readonly maxBytes: number;
    }[];
  }[];
}

export interface FetchReading {
  /** Of Fetch. Every one that kafkajs speaks is read: 0 to 11. */
  readonly version: number;
  readonly codecs: Codecs;
  /** Bytes that a compressed batch may become, and those of one answer together. */
  readonly limit: number;
  /** What is answered; where it is not known, all that is there is read, from offset 0 on. */
  readonly request?: FetchRequest | undefined;
}

/**
 * Reads the bytes of an answer to Fetch; what cannot be read of a partition stands among its messages. Rejects with
 * ServiceUnavailableError for what is no such answer, and as `decompress` where a codec is missing or does not work.
 */
export async function readFetchAnswer(bytes: Buffer, reading: FetchReading): Promise<FetchAnswer> {
  const { answer, sets } = readFrame(bytes, reading);
  const { codecs, limit } = reading;
  const room = { bytes: limit, messages: MOST_MESSAGES };
  for (const { partition, ...set } of sets)
    if (room.messages > 0) partition.messages = await readPartition(set, { codecs, limit, room });
  return answer;
}

interface FoundSet extends PartitionBytes {
  readonly partition: FetchedPartition;
}

interface Frame {
  readonly answer: FetchAnswer;
  readonly sets: readonly FoundSet[];
}

function readFrame(bytes: Buffer, reading: FetchReading): Frame {
  try {
    return new FrameReader(bytes, reading).read();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    const reason = `the answer of the broker to a fetch request cannot be read: ${cause.message}`;
    throw new ServiceUnavailableError('Kafka', reason, { cause });
  }
}

class FrameReader {
  private readonly reader: ByteReader;
  private readonly sets: FoundSet[] = [];
  private bytesOfSets = 0;

  constructor(
    bytes: Buffer,
    private readonly reading: FetchReading,
  ) {
    this.reader = new ByteReader(bytes);
  }

  read(): Frame {
    const { reader, sets } = this;
    const { version } = this.reading;
    const throttled = version >= 1 ? reader.int32() : 0;
    const errorCode = version >= 7 ? reader.int16() : 0;
    const sessionId = version >= 7 ? reader.int32() : 0;
    const responses = reader.array(LEAST_TOPIC, () => {
      const topicName = reader.string();
      const asked = this.reading.request?.topics.filter(({ topic }) => topic === topicName);
      const partitions = reader.array(LEAST_PARTITION, () =>
        this.partition(asked?.flatMap((one) => one.partitions)),
      );
      return { topicName, partitions: partitions.filter((one) => one !== undefined) };
    });
    if (reader.left > 0) throw new RangeError(`${reader.left} bytes follow its end`);
    // From version 8 on it is ours to wait.
    const [throttleTime, clientSideThrottleTime] = version >= 8 ? [0, throttled] : [throttled, 0];
    const answer = { throttleTime, clientSideThrottleTime, errorCode, sessionId, responses };
    return { answer, sets };
  }

  /** Undefined for one that nobody asked for. */
  private partition(
    asked: FetchRequest['topics'][number]['partitions'] | undefined,
  ): FetchedPartition | undefined {
    const { reader, reading, sets } = this;
    const partition = readHead(reader, reading.version);
    const size = reader.int32();
    const bytes = size === -1 ? reader.take(0) : reader.take(size);
    this.bytesOfSets += bytes.length;
    const wanted = asked?.find((one) => one.partition === partition.partition);
    if (asked && !wanted) return undefined;
    const { maxBytes = 0 } = reading.request ?? {};
    const mayBeCut = !wanted || bytes.length >= wanted.maxBytes || this.bytesOfSets >= maxBytes;
    const from = wanted ? Number(wanted.fetchOffset) : 0;
    const highWatermark = Number(partition.highWatermark);
    sets.push({ partition, bytes, from, highWatermark, mayBeCut });
    return partition;
  }
}

function readHead(reader: ByteReader, version: number): FetchedPartition {
  return {
    partition: reader.int32(),
    errorCode: reader.int16(),
    highWatermark: String(reader.int64()),
    lastStableOffset: String(version >= 4 ? reader.int64() : -1),
    lastStartOffset: String(version >= 5 ? reader.int64() : -1),
    abortedTransactions:
      version < 4
        ? []
        : reader.array(16, () => ({
            producerId: String(reader.int64()),
            firstOffset: String(reader.int64()),
          })),
    preferredReadReplica: version >= 11 ? reader.int32() : -1,
    messages: [],
  };
}
