import { DeadLetterTopics } from '../../../lib/consuming/dead-letters/dead-letter-topics.js';
import {
  type EventHandler,
  HandlerRegistry,
} from '../../../lib/consuming/handlers/handler-registry.js';
import type { DeadLetterSettings } from '../../../lib/settings/dead-letter-settings.js';
import type { EventBusSettings } from '../../../lib/settings/event-bus-settings.js';
import { ConfigurationError } from '../../../lib/errors/index.js';
import { rejectionsOf } from '../../support/process-warnings.js';

const deadLetter: DeadLetterSettings = {
  ...{ topic: undefined, create: true, retentionMs: null },
  ...{ maxLen: 100, stack: false, onRefused: 'pause' },
};

type Settings = ConstructorParameters<typeof DeadLetterTopics>[0];

const topics = (settings: Partial<Settings> = {}): DeadLetterTopics =>
  new DeadLetterTopics({
    ...{ topicPrefix: undefined, deadLetter, onFailure: 'log', topics: {} },
    ...settings,
  });

const nameOf = (topic: string, group: string, settings: Partial<Settings> = {}): string =>
  topics(settings).of({ topic, group }).name;

const registryOf = (handlers: readonly EventHandler[]): HandlerRegistry => {
  const registry = new HandlerRegistry();
  for (const handler of handlers) registry.add(handler);
  return registry;
};

describe('the topic of dead letters', () => {
  it('is named after topic and group, with the prefix in front, as Python consumers name topics', () => {
    expect(nameOf('user-login', 'crm')).toBe('user-login-crm-dlq');
    expect(topics({ topicPrefix: 'dev' }).of({ topic: 'user-login', group: 'crm' })).toEqual({
      ...{ name: 'dev-user-login-crm-dlq', source: 'dev-user-login' },
      ...{ create: true, retentionMs: null },
    });
  });

  it('has characters that every broker takes; names that would become the same stay apart', () => {
    const names = ['a b', 'a:b', 'a/b', 'ä b'].map((group) => nameOf('t', group));
    for (const name of names) expect(name).toMatch(/^t-[a_]_b-[0-9a-f]{8}-dlq$/);
    expect(new Set(names).size).toBe(4);
  });

  it('is at most 249 characters long, its prefix included, and ends in -dlq', () => {
    const long = 'g'.repeat(300);
    for (const topicPrefix of [undefined, 'p'.repeat(100)]) {
      const name = nameOf('t', long, { topicPrefix });
      expect(name).toHaveLength(249);
      expect(name).toMatch(/g-[0-9a-f]{8}-dlq$/);
      expect(nameOf('t', `${long}h`, { topicPrefix })).not.toBe(name);
    }
  });

  describe('that leads back to where records come from', () => {
    const namedBy = (names: Record<string, string>) =>
      topics({ deadLetter: { ...deadLetter, topic: ({ topic }) => names[topic] ?? 'letters' } });
    const sources = (...of: string[]) => of.map((topic) => ({ topic, group: 'crm' }));

    it('is refused, over several topics too', () => {
      expect(() => namedBy({ a: 'b', b: 'a' }).check(sources('a', 'b'))).toThrow(/a -> b -> a/);
      expect(() =>
        namedBy({ x: 'a', a: 'b', b: 'c', c: 'a' }).check(sources('x', 'a', 'b', 'c')),
      ).toThrow(/a -> b -> c -> a/);
    });

    it('is no topic whose letters end somewhere', () => {
      expect(() => namedBy({ a: 'b', b: 'c' }).check(sources('a', 'b', 'other'))).not.toThrow();
    });
  });

  it('is refused where it is made by an async function, whose rejection does not end the process', async () => {
    const topic = () => Promise.reject(new Error('async')) as unknown as string;
    const rejections = await rejectionsOf(() => {
      expect(() => nameOf('t', 'g', { deadLetter: { ...deadLetter, topic } })).toThrow(
        ConfigurationError,
      );
    });
    expect(rejections).toEqual([]);
  });

  it('is refused where the bus has other records there', () => {
    const named = topics({ deadLetter: { ...deadLetter, topic: () => 'crm-redrive' } });
    const of = [{ topic: 'a', group: 'crm' }];
    expect(() => named.check(of, ['crm-redrive'])).toThrow(
      /crm-redrive, which this bus uses for later retries or redrives/,
    );
    expect(() => named.check(of, ['other-redrive'])).not.toThrow();
  });

  it('is what deadLetter.topic says, once for each topic and group', () => {
    const asked: string[] = [];
    const named = topics({
      deadLetter: {
        ...deadLetter,
        topic: ({ topic, group }) => {
          asked.push(`${topic} ${group}`);
          return `letters.${group}`;
        },
      },
    });
    expect(named.of({ topic: 'a', group: 'g' }).name).toBe('letters.g');
    expect(named.of({ topic: 'a', group: 'g' }).name).toBe('letters.g');
    expect(asked).toEqual(['a g']);
  });

  it.each([
    ['nothing', () => undefined],
    ['an empty name', () => ' '],
    ['the topic itself', ({ topic }: { topic: string }) => topic],
    [
      'an error',
      () => {
        throw new Error('no name');
      },
    ],
  ])('cannot be %s', (_, topic) => {
    const named = topics({ deadLetter: { ...deadLetter, topic: topic as () => string } });
    expect(() => named.of({ topic: 'a', group: 'g' })).toThrow(ConfigurationError);
    expect(() => named.of({ topic: 'a', group: 'g' })).toThrow(/deadLetter\.topic/);
  });
});

describe('the records that may become dead letters', () => {
  const handler = (further: Partial<EventHandler>): EventHandler => ({
    ...{ name: 'h', group: 'g', pattern: '*', topics: [], invoke: () => undefined },
    ...further,
  });
  const sourcesOf = (settings: Partial<EventBusSettings>, ...handlers: EventHandler[]) =>
    topics(settings).sources({
      subscriptions: () =>
        new Map([
          ['g', ['a', 'b']],
          ['other', ['a']],
        ]),
      receiversOf: (group, topic) => registryOf(handlers).receiversOf(group, topic),
    });

  it('are those of the bus, of a topic, or of a handler with onFailure: deadLetter', () => {
    expect(sourcesOf({})).toEqual([]);
    expect(sourcesOf({ onFailure: 'deadLetter' })).toHaveLength(3);
    expect(sourcesOf({ topics: { b: { onFailure: 'deadLetter' } } })).toEqual([
      { topic: 'b', group: 'g' },
    ]);
    expect(sourcesOf({}, handler({ onFailure: 'deadLetter', topics: ['a'] }))).toEqual([
      { topic: 'a', group: 'g' },
    ]);
    expect(sourcesOf({}, handler({ onFailure: 'deadLetter', group: 'other' }))).toEqual([
      { topic: 'a', group: 'other' },
    ]);
    const narrowed = { a: { onFailure: 'log' as const } };
    expect(sourcesOf({ onFailure: 'deadLetter', topics: narrowed })).toEqual([
      { topic: 'b', group: 'g' },
    ]);
  });
});
