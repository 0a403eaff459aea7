import { durationMs, durationText } from '../../settings/duration.js';
import type { EventBusSettings } from '../../settings/event-bus-settings.js';
import { retryOf } from '../../settings/failure-settings.js';
import type { RetryTopic } from '../../transport/later-retries.interface.js';
import { fullTopic, topicWithoutPrefix } from '../../transport/topic-prefix.js';
import type { HandlerRegistry } from '../handlers/handler-registry.js';
import { fittingTopic } from '../topic-names.js';

/** A record is kept for so long after it was due, whatever happens to those who read it. */
const KEPT_AFTER_DUE_MS = 7 * 86_400_000;

/** Records of a topic that a group tries again after a delay. */
export interface RetryTier {
  /** Without prefix: where the records came from. */
  readonly topic: string;
  readonly group: string;
  readonly delayMs: number;
}

type Settings = Pick<EventBusSettings, 'topicPrefix' | 'retry' | 'topics' | 'deadLetter'>;
type Handlers = Pick<HandlerRegistry, 'subscriptions' | 'receiversOf'>;

/** The topics on which records of a bus wait for later retries. */
export class RetryTopics {
  private readonly known = new Map<string, RetryTopic>();

  constructor(private readonly settings: Settings) {}

  of({ topic, group, delayMs }: RetryTier): RetryTopic {
    const key = JSON.stringify([topic, group, delayMs]);
    let found = this.known.get(key);
    if (!found) {
      const { topicPrefix, deadLetter } = this.settings;
      found = {
        name: fullTopic(topicPrefix, this.nameOf({ topic, group, delayMs })),
        source: fullTopic(topicPrefix, topic),
        create: deadLetter.create,
        delayMs,
        retentionMs: delayMs + KEPT_AFTER_DUE_MS,
      };
      this.known.set(key, found);
    }
    return found;
  }

  /** The name without prefix. */
  nameOf({ topic, group, delayMs }: RetryTier): string {
    const suffix = `-retry-${durationText(delayMs)}`;
    return fittingTopic(this.settings.topicPrefix, `${topic}-${group}`, suffix);
  }

  /** Whether records of another topic (its full name) and group wait on this one too: names that are joined may become the same. */
  isSharedWith({ name, delayMs }: RetryTopic, source: string, group: string): boolean {
    const { topicPrefix } = this.settings;
    const topic = topicWithoutPrefix(topicPrefix, source);
    return fullTopic(topicPrefix, this.nameOf({ topic, group, delayMs })) === name;
  }

  /** Those that records of these handlers may wait on. */
  tiers(handlers: Handlers): RetryTier[] {
    return [...handlers.subscriptions()].flatMap(([group, topics]) =>
      topics.flatMap((topic) =>
        this.delays(topic, group, handlers).map((delayMs) => ({ topic, group, delayMs })),
      ),
    );
  }

  private delays(topic: string, group: string, handlers: Handlers): number[] {
    const all = handlers
      .receiversOf(group, topic)
      .flatMap((handler) => laterDelays(this.settings, topic, handler));
    return [...new Set(all)].sort((a, b) => a - b);
  }
}

/** How long records of the topic wait before each later retry of the handler, in ms. */
export function laterDelays(
  settings: Pick<Settings, 'retry' | 'topics'>,
  topic: string,
  handler: Parameters<typeof retryOf>[2],
): number[] {
  const { later = [] } = retryOf(settings, topic, handler);
  return later.map((delay) => durationMs(delay)!);
}

/** The group that reads what waits; the group itself would give these topics to members of a release that knows none. */
export function retryGroup(group: string): string {
  return `${group}-retry`;
}
