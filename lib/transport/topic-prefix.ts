import { outsideText } from '../errors/outside-text.js';

/** The topic as the broker knows it: `PREFIX-TOPIC` where a prefix is set. */
export function fullTopic(prefix: string | undefined, topic: string): string {
  return prefix ? `${prefix}-${topic}` : topic;
}

/** The topic as configurations name it; a full topic without our prefix is returned as it is. */
export function topicWithoutPrefix(prefix: string | undefined, full: string): string {
  return prefix && full.startsWith(`${prefix}-`) ? full.slice(prefix.length + 1) : full;
}

/** A sentence for each topic of a configuration that begins with the prefix already, and so would get it twice. */
export function prefixWarnings(prefix: string | undefined, topics: Iterable<string>): string[] {
  return [...topics]
    .filter((topic) => prefix && topic.startsWith(`${prefix}-`))
    .map(
      (topic) =>
        `topic ${outsideText(topic)} already begins with the prefix (EVENT_BUS_TOPIC_PREFIX), so it becomes ${outsideText(fullTopic(prefix, topic))} at the broker. Remove the prefix from its name unless this is intended.`,
    );
}
