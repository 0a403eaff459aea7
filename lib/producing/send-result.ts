import { SendError } from '../errors/index.js';
import type { PublishOutcome } from '../transport/transport.interface.js';
import type { SendReceipt, SendResult } from './event-bus-producer.js';

/** The result of a send, from the outcome on each of its full topics. Throws SendError unless all were sent. */
export function resultOf(
  id: string,
  type: string,
  topics: readonly string[],
  outcomes: readonly PublishOutcome[],
): SendResult {
  const receipts: SendReceipt[] = [];
  outcomes.forEach((outcome, i) => {
    if (outcome.status !== 'sent') return;
    receipts.push({ topic: topics[i]!, position: outcome.receipt.position });
  });
  if (receipts.length === outcomes.length) return { id, type, receipts };
  const topicOutcomes = outcomes.map((outcome, i) => ({
    topic: topics[i]!,
    status: outcome.status,
    ...(outcome.status === 'sent' ? {} : { error: outcome.error }),
  }));
  throw new SendError(topicOutcomes, { eventType: type, eventId: id });
}
