import { matchesPattern } from '../../events/event-pattern.js';
import { PLATFORM_TOPICS } from '../../events/platform-topics.js';
import type { EventBusSettings } from '../../settings/event-bus-settings.js';

/** Topics (without prefix) that an event type, or a pattern, is known to travel on. */
export type TopicsOf = (pattern: string) => readonly string[];

/**
 * The topics that the producer configuration names for an event type or a pattern. A disabled route
 * counts too: it says where the event lives, only that this service does not send it.
 */
export function topicsOfRoutes(config: EventBusSettings['producerConfig']): TopicsOf {
  return (pattern) => [
    ...new Set(
      Object.entries(config)
        .filter(([type]) => matchesPattern(pattern, type))
        .flatMap(([, topics]) => Object.keys(topics)),
    ),
  ];
}

/** The topic on which the platform's own services send an event type by default; none for a pattern. */
export const platformTopicsOf: TopicsOf = (pattern) =>
  Object.hasOwn(PLATFORM_TOPICS, pattern) ? Object.keys(PLATFORM_TOPICS[pattern]!) : [];
