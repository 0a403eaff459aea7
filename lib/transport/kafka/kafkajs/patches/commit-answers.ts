import type { Broker } from 'kafkajs';
import type { RefusedPlace } from '../../kafka-driver.interface.js';
import { changeRequests } from './kafkajs-internals.js';

/** What can be wrong with one partition while the positions of the others are stored. */
const OF_ONE_PARTITION: ReadonlySet<number> = new Set([
  3, // UNKNOWN_TOPIC_OR_PARTITION
  12, // OFFSET_METADATA_TOO_LARGE
  28, // INVALID_COMMIT_OFFSET_SIZE
  29, // TOPIC_AUTHORIZATION_FAILED
]);

interface Answer {
  readonly responses: readonly {
    readonly topic: string;
    readonly partitions: readonly { readonly partition: number; readonly errorCode: number }[];
  }[];
}

/**
 * Has answers to commits judged partition by partition: kafkajs would call the whole a failure although all others
 * are stored. `refused` hears of those that are not.
 */
export function judgeCommits(
  broker: Broker,
  refused: (places: readonly RefusedPlace[]) => void,
): void {
  changeRequests(broker, (asked) => {
    const { parse } = asked.response;
    if (asked.request.apiName !== 'OffsetCommit' || !parse) return asked;
    const judge = async (answer: unknown): Promise<unknown> => {
      const whole = answer as Answer;
      const { responses } = whole;
      const places: RefusedPlace[] = [];
      for (const { topic, partitions } of responses)
        for (const one of partitions) {
          if (!OF_ONE_PARTITION.has(one.errorCode)) continue;
          const alone = { ...whole, responses: [{ topic, partitions: [one] }] };
          const error = await parse(alone).then(
            () => undefined,
            (failure: Error) => failure,
          );
          if (error) places.push({ topic, partition: one.partition, error });
        }
      const others = responses.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.filter(({ errorCode }) => !OF_ONE_PARTITION.has(errorCode)),
      }));
      const parsed = await parse({ ...whole, responses: others });
      if (places.length > 0) refused(places);
      return parsed;
    };
    return { ...asked, response: { ...asked.response, parse: judge } };
  });
}
