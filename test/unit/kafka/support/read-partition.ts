import * as kafkajs from 'kafkajs';
import { loadCodecs } from '../../../../lib/transport/kafka/kafkajs/compression/compression-codecs.js';
import type { Codecs } from '../../../../lib/transport/kafka/kafkajs/compression/decompress.js';
import { readFetchAnswer } from '../../../../lib/transport/kafka/kafkajs/protocol/fetch-answer.js';
import type { ReadMessage } from '../../../../lib/transport/kafka/kafkajs/protocol/read-message.js';
import type { IncomingRecord } from '../../../../lib/transport/transport.interface.js';
import { answerBytes, type MadePartition } from './hand-made-batches.js';

export const MIB = 2 ** 20;

/** Those of kafkajs, and of all packages that are installed. */
export async function allCodecs(): Promise<Codecs> {
  await loadCodecs(kafkajs, 'none');
  return (kafkajs as unknown as { default: typeof kafkajs }).default.CompressionCodecs;
}

export interface Asked {
  readonly from?: number;
  readonly limit?: number;
  readonly maxBytes?: number;
  readonly codecs?: Codecs;
}

/** What a fetch of one partition makes of its bytes. */
export async function readSet(
  set: Buffer | Omit<MadePartition, 'partition'>,
  { from = 0, limit = 128 * MIB, maxBytes = 10 * MIB, codecs }: Asked = {},
): Promise<readonly ReadMessage[]> {
  const made = Buffer.isBuffer(set) ? { set } : set;
  const answer = await readFetchAnswer(answerBytes([['t', [{ partition: 0, ...made }]]]), {
    ...{ version: 11, limit, codecs: codecs ?? (await allCodecs()) },
    request: {
      maxBytes,
      topics: [{ topic: 't', partitions: [{ partition: 0, fetchOffset: from, maxBytes }] }],
    },
  });
  return answer.responses[0]!.partitions[0]!.messages;
}

/** What is told of each offset: the value of a record, why it cannot be read, or the range that is lost. */
export function told(messages: readonly ReadMessage[]): (readonly [number, string])[] {
  return messages.map((message) => {
    if (message.isControlRecord) return [message.number, 'hidden'];
    return [message.number, wordOf(message.recordOf('t'))];
  });
}

function wordOf({ unreadable, value: body }: IncomingRecord): string {
  if (!unreadable) return body === null ? 'null' : Buffer.from(body).toString();
  const { lost } = unreadable;
  return lost ? `lost ${lost.count} to ${lost.last}` : 'unusable';
}
