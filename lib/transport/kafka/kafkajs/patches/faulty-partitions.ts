import type { PartitionPlace } from '../../kafka-driver.interface.js';
import type { FetchAnswer } from '../protocol/fetch-answer.js';
import { type ProtocolResponse, rejectionOf } from './kafkajs-internals.js';

/** A partition that the broker does not give, and why. */
export interface FaultyPartition extends PartitionPlace {
  readonly error: Error;
}

const OFFSET_OUT_OF_RANGE = 1;
/** Another broker has the partition, or the topic is gone: kafkajs asks for the metadata anew. */
const ELSEWHERE = new Set([3, 5, 6, 8, 9, 74, 75, 76]);

/**
 * An answer to Fetch without the partitions that have an error of their own, which stand in `faulty`: kafkajs would take
 * nothing of the answer, and end the member where it may not read one topic.
 */
export async function withoutFaulty(
  response: ProtocolResponse,
  answer: FetchAnswer,
): Promise<unknown> {
  const faulty: FaultyPartition[] = [];
  const responses: FetchAnswer['responses'][number][] = [];
  for (const topic of answer.responses) {
    const { topicName } = topic;
    const bad = topic.partitions.filter(({ errorCode }) => isItsOwn(errorCode));
    for (const one of bad) {
      const alone = { ...answer, responses: [{ topicName, partitions: [one] }] };
      const error = await rejectionOf(response, alone);
      faulty.push({ topic: topicName, partition: one.partition, error });
    }
    const partitions =
      bad.length === 0 ? topic.partitions : topic.partitions.filter((one) => !bad.includes(one));
    responses.push({ topicName, partitions });
  }
  const rest = faulty.length === 0 ? answer : { ...answer, responses };
  const parsed = (await response.parse?.(rest)) ?? rest;
  return faulty.length === 0 ? parsed : { ...parsed, faulty };
}

const isItsOwn = (errorCode: number): boolean =>
  errorCode !== 0 && errorCode !== OFFSET_OUT_OF_RANGE && !ELSEWHERE.has(errorCode);
