import type { DeadLetterTopicParts } from '../../settings/dead-letter-settings.js';
import type { EventBusSettings } from '../../settings/event-bus-settings.js';
import type { DeadLetterTopic } from '../../transport/dead-letter-store.interface.js';
import { fullTopic } from '../../transport/topic-prefix.js';
import type { GroupReading, Worker } from '../subscribing/group-subscription.js';
import { redriveTopic } from './redrive-messages.js';

/** Requests are answered at once: older ones are only kept as long as brokers keep files at the least. */
const KEPT_MS = 86_400_000;

export interface RedriveReading {
  readonly group: string;
  readonly topic: DeadLetterTopic;
  readonly reading: GroupReading;
}

/** What is read for requests to redrive letters: a topic for each group that has some. `sources` are without prefix. */
export function redriveReadings(
  sources: readonly DeadLetterTopicParts[],
  workerOf: (group: string) => Worker,
  { topicPrefix, deadLetter }: Pick<EventBusSettings, 'topicPrefix' | 'deadLetter'>,
): RedriveReading[] {
  const first = new Map<string, string>();
  for (const { group, topic } of sources) if (!first.has(group)) first.set(group, topic);
  return [...first].map(([group, topic]) => {
    const name = redriveTopic(topicPrefix, group);
    return {
      group,
      topic: {
        name: fullTopic(topicPrefix, name),
        source: fullTopic(topicPrefix, topic),
        create: deadLetter.create,
        retentionMs: KEPT_MS,
      },
      reading: {
        ...{ group: name, topics: [name], start: 'latest', isAside: true, deleteSettled: true },
        workerFor: () => workerOf(group),
      },
    };
  });
}
