/** The topic as the broker knows it: `PREFIX-TOPIC` where a prefix is set (reference: behaviour 4.4). */
export function fullTopic(prefix: string | undefined, topic: string): string {
  return prefix ? `${prefix}-${topic}` : topic;
}

/** The topic as configurations name it; a full topic without our prefix is returned as it is. */
export function topicWithoutPrefix(prefix: string | undefined, full: string): string {
  return prefix && full.startsWith(`${prefix}-`) ? full.slice(prefix.length + 1) : full;
}
