import { ignoreRejection } from '../../common/waiting.js';
import { ConfigurationError } from '../../errors/index.js';
import { messageOf } from '../../errors/foreign-error.js';
import { outsideText, shownValue } from '../../errors/outside-text.js';
import type { EventBusSettings } from '../../settings/event-bus-settings.js';
import { topicOptions } from '../../settings/failure-settings.js';
import type { DeadLetterTopicParts } from '../../settings/dead-letter-settings.js';
import type { DeadLetterTopic } from '../../transport/dead-letter-store.interface.js';
import { fullTopic } from '../../transport/topic-prefix.js';
import type { HandlerRegistry } from '../handlers/handler-registry.js';
import { fittingTopic } from '../topic-names.js';

const SUFFIX = '-dlq';

type Settings = Pick<EventBusSettings, 'topicPrefix' | 'deadLetter' | 'onFailure' | 'topics'>;

/** Which topics dead letters of a bus go to. */
export class DeadLetterTopics {
  private readonly known = new Map<string, DeadLetterTopic>();

  constructor(private readonly settings: Settings) {}

  /** The topic for dead letters of a group; `topic` is without prefix. Throws ConfigurationError for a name that is none. */
  of({ topic, group }: DeadLetterTopicParts): DeadLetterTopic {
    const key = JSON.stringify([topic, group]);
    let found = this.known.get(key);
    if (!found) {
      const { topicPrefix, deadLetter } = this.settings;
      const { create, retentionMs } = deadLetter;
      const name = fullTopic(topicPrefix, this.nameOf({ topic, group }));
      found = { name, source: fullTopic(topicPrefix, topic), create, retentionMs };
      this.known.set(key, found);
    }
    return found;
  }

  /** The topics, without prefix, and groups of which records may become dead letters. */
  sources(
    handlers: Pick<HandlerRegistry, 'subscriptions' | 'receiversOf'>,
  ): DeadLetterTopicParts[] {
    return [...handlers.subscriptions()].flatMap(([group, topics]) =>
      topics
        .filter((topic) => this.mayKeep(topic, group, handlers))
        .map((topic) => ({ topic, group })),
    );
  }

  /**
   * Throws ConfigurationError where letters would come to a topic of `aside`, which holds other records of the bus, or where
   * the letter of a letter could come back to where the record came from.
   */
  check(sources: readonly DeadLetterTopicParts[], aside: Iterable<string> = []): void {
    const taken = new Set(aside);
    const next = new Map<string, string[]>();
    for (const { name, source } of sources.map((one) => this.of(one))) {
      if (taken.has(name))
        throw invalid(`${outsideText(name)}, which this bus uses for later retries or redrives`);
      next.set(source, [...(next.get(source) ?? []), name]);
    }
    for (const topic of next.keys()) {
      const way = wayBack(topic, next);
      if (way) throw invalid(`a way back to where records come from: ${outsideText(way)}`);
    }
  }

  private mayKeep(
    topic: string,
    group: string,
    handlers: Pick<HandlerRegistry, 'receiversOf'>,
  ): boolean {
    const { topics, onFailure } = this.settings;
    if ((topicOptions(topics, topic).onFailure ?? onFailure) === 'deadLetter') return true;
    return handlers.receiversOf(group, topic).some((handler) => handler.onFailure === 'deadLetter');
  }

  private nameOf(parts: DeadLetterTopicParts): string {
    const { topic: given } = this.settings.deadLetter;
    const { topicPrefix } = this.settings;
    if (!given) return fittingTopic(topicPrefix, `${parts.topic}-${parts.group}`, SUFFIX);
    let name: unknown;
    try {
      name = given({ ...parts });
    } catch (error) {
      throw invalid(`a function that throws: ${messageOf(error)}`);
    }
    ignoreRejection(name);
    if (typeof name !== 'string' || name.trim() === '' || name === parts.topic)
      throw invalid(shownValue('topic', name));
    return fittingTopic(topicPrefix, name, '');
  }
}

/** The topics from this one on which letters of letters come back to it; undefined: they never do. */
function wayBack(topic: string, next: ReadonlyMap<string, readonly string[]>): string | undefined {
  const ways = [[topic]];
  const seen = new Set<string>();
  for (let way = ways.pop(); way; way = ways.pop())
    for (const name of next.get(way.at(-1)!) ?? []) {
      if (name === topic) return [...way, name].join(' -> ');
      if (seen.has(name)) continue;
      seen.add(name);
      ways.push([...way, name]);
    }
  return undefined;
}

function invalid(found: string): ConfigurationError {
  const allowed =
    'a function that returns a topic name other than the topic that it is given, and none that leads back to it';
  return new ConfigurationError([{ setting: 'deadLetter.topic', found, allowed }]);
}
