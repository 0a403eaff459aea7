import { ByteReader } from './byte-reader.js';
import { type Codecs, readBatches } from './record-batches.js';
import type { UnreadMessage } from './unread-message.js';

/** The version of Fetch that is read here: that of every broker since Kafka 2.3, which kafkajs prefers. */
export const FETCH_VERSION = 11;

interface FetchedPartition {
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: string;
  readonly lastStableOffset: string;
  readonly lastStartOffset: string;
  readonly abortedTransactions: readonly { producerId: string; firstOffset: string }[];
  readonly preferredReadReplica: number;
  messages: readonly UnreadMessage[];
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

/**
 * Reads the bytes of an answer to Fetch. Resolves with undefined when it has messages of a form older than
 * Kafka 0.11, or in a compression that `codecs` does not have: kafkajs says what is to be said of them.
 */
export async function readFetchAnswer(
  bytes: Buffer,
  codecs: Codecs,
): Promise<FetchAnswer | undefined> {
  const reader = new ByteReader(bytes);
  const clientSideThrottleTime = reader.int32();
  const errorCode = reader.int16();
  const sessionId = reader.int32();
  const sets: { partition: FetchedPartition; bytes: Buffer }[] = [];
  const responses = reader.array(() => ({
    topicName: reader.string(),
    partitions: reader.array(() => {
      const partition = readPartition(reader);
      const size = reader.int32();
      if (size > 0 && size <= reader.left) sets.push({ partition, bytes: reader.take(size) });
      return partition;
    }),
  }));
  for (const { partition, bytes: set } of sets) {
    const messages = await readBatches(set, codecs);
    if (messages === undefined) return undefined;
    partition.messages = messages;
  }
  return { throttleTime: 0, clientSideThrottleTime, errorCode, sessionId, responses };
}

function readPartition(reader: ByteReader): FetchedPartition {
  return {
    partition: reader.int32(),
    errorCode: reader.int16(),
    highWatermark: String(reader.int64()),
    lastStableOffset: String(reader.int64()),
    lastStartOffset: String(reader.int64()),
    abortedTransactions: reader.array(() => ({
      producerId: String(reader.int64()),
      firstOffset: String(reader.int64()),
    })),
    preferredReadReplica: reader.int32(),
    messages: [],
  };
}
