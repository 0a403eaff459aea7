import type { Broker } from 'kafkajs';
import type { Codecs } from '../compression/codecs.js';
import { withoutFaulty } from './faulty-partitions.js';
import { type FetchAnswer, type FetchRequest, readFetchAnswer } from '../protocol/fetch-answer.js';
import { changeRequests } from './kafkajs-internals.js';

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
