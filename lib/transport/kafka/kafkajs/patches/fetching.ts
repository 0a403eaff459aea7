import type { Broker } from 'kafkajs';
import type { Codecs } from '../compression/decompress.js';
import { type FetchAnswer, type FetchRequest, readFetchAnswer } from '../protocol/fetch-answer.js';
import { changeRequests, type ProtocolResponse, rejectionOf } from './kafkajs-internals.js';
import type { PartitionPlace } from '../../kafka-driver.interface.js';

/**
 * Has what a broker sends read by us, which takes a fraction of the time, believes in no length or number before
 * it was compared with what there is, and opens nothing that becomes more than `limit` bytes. kafkajs does neither,
 * and copies all headers of a record for each of them.
 */
export function quickenFetching(broker: Broker, codecs: Codecs, limit: number): void {
  const fetch = broker.fetch.bind(broker);
  let fetching: FetchRequest | undefined;
  broker.fetch = (request) => {
    fetching = request;
    try {
      // It makes the request of the protocol before it waits for the first time.
      return fetch(request) as Promise<unknown>;
    } finally {
      fetching = undefined;
    }
  };
  changeRequests(broker, (asked) => {
    const { apiName, apiVersion: version } = asked.request;
    if (apiName !== 'Fetch') return asked;
    const request = fetching;
    const decode = (bytes: Buffer): Promise<unknown> =>
      readFetchAnswer(bytes, { version, codecs, limit, request });
    const { response } = asked;
    const parse = (answer: unknown): Promise<unknown> =>
      withoutFaulty(response, answer as FetchAnswer);
    return { ...asked, response: { ...response, decode, parse } };
  });
}

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
async function withoutFaulty(response: ProtocolResponse, answer: FetchAnswer): Promise<unknown> {
  const parse = async (one: FetchAnswer) => (await response.parse?.(one)) ?? one;
  const isFaulty = answer.responses.some(({ partitions }) => partitions.some(isRefused));
  if (!isFaulty) return parse(answer);
  const faulty: FaultyPartition[] = [];
  const responses: FetchAnswer['responses'][number][] = [];
  for (const topic of answer.responses) {
    const { topicName } = topic;
    for (const one of topic.partitions.filter(isRefused)) {
      const alone = { ...answer, responses: [{ topicName, partitions: [one] }] };
      const error = await rejectionOf(response, alone);
      faulty.push({ topic: topicName, partition: one.partition, error });
    }
    const partitions = topic.partitions.filter((one) => !isRefused(one));
    responses.push({ topicName, partitions });
  }
  return { ...(await parse({ ...answer, responses })), faulty };
}

const isRefused = ({ errorCode }: { readonly errorCode: number }): boolean =>
  errorCode !== 0 && errorCode !== OFFSET_OUT_OF_RANGE && !ELSEWHERE.has(errorCode);

/**
 * Which partitions of a member are paused. kafkajs sleeps while all are, and cannot be woken: it is kept
 * waiting here instead.
 */
export class FetchPauses {
  private places = new Set<string>();
  private readonly paused = new Set<string>();
  /** One for each broker that is fetched from. */
  private waiting: (() => void)[] = [];

  assigned(places: readonly PartitionPlace[]): void {
    this.places = new Set(places.map(keyOf));
    for (const key of this.paused) if (!this.places.has(key)) this.paused.delete(key);
    this.interrupt();
  }

  pause(place: PartitionPlace): void {
    this.paused.add(keyOf(place));
  }

  resume(place: PartitionPlace): void {
    this.paused.delete(keyOf(place));
    this.interrupt();
  }

  /** Ends the waits that are under way. */
  interrupt(): void {
    for (const go of this.waiting.splice(0)) go();
  }

  /** Resolves once a partition is not paused, at the latest after `ms`. */
  async untilSome(ms: number): Promise<void> {
    if (this.places.size === 0 || this.paused.size < this.places.size) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => this.interrupt(), ms);
      this.waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

function keyOf({ topic, partition }: PartitionPlace): string {
  return `${topic}/${partition}`;
}
