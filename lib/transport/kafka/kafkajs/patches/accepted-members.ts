import type { Broker } from 'kafkajs';
import { changeRequests } from './kafkajs-internals.js';

/**
 * Calls `accepted` with the id that a group gives to a new member, before it lets it in: by then it has judged our
 * rights, and kafkajs tells nobody.
 */
export function watchAcceptance(broker: Broker, accepted: (memberId: string) => void): void {
  changeRequests(broker, (asked) => {
    const { request, response } = asked;
    const { parse } = response;
    if (request.apiName !== 'JoinGroup' || !parse) return asked;
    const watched = async (answer: unknown): Promise<unknown> => {
      try {
        return await parse(answer);
      } catch (error) {
        const { name, memberId } = error as Error & { readonly memberId?: unknown };
        if (name === 'KafkaJSMemberIdRequired' && typeof memberId === 'string') accepted(memberId);
        throw error;
      }
    };
    return { request, response: { ...response, parse: watched } };
  });
}
