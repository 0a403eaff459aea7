import { ConfigurationError } from '../../errors/index.js';
import type { EventBusSettings } from '../../settings/event-bus-settings.js';
import type { DeadLetterTopicParts } from '../../settings/dead-letter-settings.js';
import type { DeadLetterStore, StoredLetter } from '../../transport/dead-letter-store.interface.js';
import { topicWithoutPrefix } from '../../transport/topic-prefix.js';
import type { RecordPosition } from '../../transport/transport.interface.js';
import type { ReceivedEvent, WireFormat } from '../../transport/wire-format.interface.js';
import type { HandlerRegistry } from '../handlers/handler-registry.js';
import type { DeadLetter, DeadLetterQuery } from './dead-letters.js';
import type { DeadLetterTopics } from './dead-letter-topics.js';
import { IdSet } from './id-set.js';
import type { ReadPosition } from './letter-arguments.js';
import { contentDigest, factsOf, type LetterFacts, nameUuid, recordOf } from './letter.js';

/** A letter that is open, and what only the library needs to know of it. */
export interface OpenLetter {
  readonly letter: DeadLetter;
  readonly facts: LetterFacts;
  readonly stored: StoredLetter;
  /**
   * What it has in common with its copies: id, origin, handlers and record. By the id alone, which anybody may write, a
   * letter could hide another one.
   */
  readonly identity: string;
  /** One of the same identity came before it. */
  readonly isCopy: boolean;
  /** Whether it keeps a record of a group and topic that the query means and whose letters its topic has. */
  readonly isInPlace: boolean;
}

export interface OpenLettersOptions {
  readonly settings: Pick<EventBusSettings, 'topicPrefix'>;
  readonly store: () => DeadLetterStore;
  readonly wire: WireFormat;
  readonly handlers: Pick<HandlerRegistry, 'subscriptions'>;
  readonly topics: DeadLetterTopics;
}

/** Finds and reads the open letters of a bus. */
export class OpenLetters {
  constructor(private readonly options: OpenLettersOptions) {}

  /** The full names of the topics with letters of a group and topic, sorted. Throws ConfigurationError where there are none. */
  topicsOf({ group, topic }: Pick<DeadLetterQuery, 'group' | 'topic'>): readonly string[] {
    const found = this.sourcesOf({ group, topic });
    return [...new Set(found.map((source) => this.options.topics.of(source).name))].sort();
  }

  private sourcesOf({
    group,
    topic,
  }: Pick<DeadLetterQuery, 'group' | 'topic'>): DeadLetterTopicParts[] {
    const { handlers } = this.options;
    let sources: DeadLetterTopicParts[] = [...handlers.subscriptions()].flatMap(([known, all]) =>
      all.map((one) => ({ group: known, topic: one })),
    );
    sources = sources.filter(
      (source) =>
        (group === undefined || source.group === group) &&
        (topic === undefined || source.topic === topic),
    );
    if (sources.length === 0 && group !== undefined && topic !== undefined)
      sources = [{ group, topic }];
    if (sources.length === 0 && (group !== undefined || topic !== undefined))
      throw new ConfigurationError([
        {
          setting: 'query of dead letters',
          found: `${group === undefined ? `topic ${topic}` : `group ${group}`}, for which this application has no handler`,
          allowed:
            'a topic or group for which this application has a handler; for any other, specify both the topic and the group',
        },
      ]);
    return sources;
  }

  /** The letters that fit; of those with the same identity the first, the others as copies. */
  async *find(query: DeadLetterQuery, after?: ReadPosition): AsyncIterable<OpenLetter> {
    const fits = fitting(query);
    const names = this.topicsOf(query).filter((name) => !after || name >= after.topic);
    const places = new Set(this.sourcesOf(query).map((source) => this.placeOf(source)));
    for (const name of names) {
      const seen = new IdSet();
      const from = name === after?.topic ? after.read : [];
      for await (const stored of this.options.store().open(name, from)) {
        const found = this.read(stored);
        if (!fits(found.letter)) continue;
        const { group = '', topic = '' } = found.facts;
        yield {
          ...found,
          isCopy: !seen.add(found.identity),
          isInPlace: places.has(placeKey(group, topic, name)),
        };
      }
    }
  }

  private placeOf(source: DeadLetterTopicParts): string {
    const { topics } = this.options;
    const { name, source: full } = topics.of(source);
    return placeKey(source.group, full, name);
  }

  /** Where all letters are that have copies, by `copyKey`. */
  async copies(query: DeadLetterQuery): Promise<ReadonlyMap<string, readonly RecordPosition[]>> {
    const { group, topic } = query;
    const doubled = new Set<string>();
    for await (const open of this.find({ group, topic }))
      if (open.isCopy) doubled.add(copyKey(open));
    const copies = new Map<string, RecordPosition[]>();
    if (doubled.size === 0) return copies;
    for await (const open of this.find({ group, topic })) {
      const key = copyKey(open);
      const { letter } = open;
      if (!doubled.has(key)) continue;
      const known = copies.get(key);
      if (known) known.push(letter.position);
      else copies.set(key, [letter.position]);
    }
    return copies;
  }

  private read(stored: StoredLetter): Omit<OpenLetter, 'isCopy' | 'isInPlace'> {
    const facts = factsOf(stored.record);
    const { position } = stored;
    const { topicPrefix } = this.options.settings;
    const { group = '', topic, partition, offset, deliveryCount } = facts;
    const { firstTime, lastTime, originalTime } = facts;
    const received = this.received(stored);
    const isKnown = topic !== undefined && partition !== undefined && offset !== undefined;
    const letter: DeadLetter = {
      id:
        facts.id ?? nameUuid(JSON.stringify([position.topic, position.partition, position.offset])),
      position,
      group,
      topic: topicWithoutPrefix(topicPrefix, topic ?? ''),
      ...(isKnown && { original: { topic, partition, offset } }),
      ...(received && { type: received.type, metadata: received.metadata }),
      handlers: facts.handlers,
      code: facts.code ?? 'unknown',
      message: facts.message ?? '',
      ...(deliveryCount !== undefined && { deliveryCount }),
      ...(firstTime && { firstTime }),
      ...(lastTime && { lastTime }),
      ...(originalTime && { originalTime }),
      redrives: facts.redrives,
      record: recordOf(stored.record, facts),
    };
    const origin = [group, topic, partition, offset, ...letter.handlers.map(({ id }) => id).sort()];
    const identity = nameUuid(JSON.stringify([letter.id, contentDigest(letter.record), ...origin]));
    return { letter, facts, stored, identity };
  }

  /** Without asking a registry. */
  private received({ record, position }: StoredLetter): ReceivedEvent | undefined {
    try {
      const received = this.options.wire.fromRecord(record, position, () => false);
      if (!('then' in received)) return received;
      received.catch(() => undefined);
    } catch {
      // What the record is cannot be told: that may be why it is a letter.
    }
    return undefined;
  }
}

export function copyKey({ letter, identity }: Pick<OpenLetter, 'letter' | 'identity'>): string {
  return `${letter.position.topic} ${identity}`;
}

const placeKey = (...parts: [group: string, fullTopic: string, letters: string]): string =>
  JSON.stringify(parts);

function fitting(query: DeadLetterQuery): (letter: DeadLetter) => boolean {
  const { id, group, topic, handler, code, eventType, since, until } = query;
  const ids = id === undefined ? undefined : new Set(typeof id === 'string' ? [id] : id);
  const timeOf = ({ lastTime }: DeadLetter): number => lastTime?.getTime() ?? 0;
  return (letter) =>
    (ids === undefined || ids.has(letter.id)) &&
    (group === undefined || letter.group === group) &&
    (topic === undefined || letter.topic === topic) &&
    (handler === undefined || letter.handlers.some((one) => one.id === handler)) &&
    (code === undefined || letter.code === code) &&
    (eventType === undefined || letter.type === eventType) &&
    (since === undefined || timeOf(letter) >= since.getTime()) &&
    (until === undefined || timeOf(letter) < until.getTime());
}
