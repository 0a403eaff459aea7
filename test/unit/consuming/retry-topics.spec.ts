import {
  type EventHandler,
  HandlerRegistry,
} from '../../../lib/consuming/handlers/handler-registry.js';
import {
  laterDelays,
  retryGroup,
  RetryTopics,
} from '../../../lib/consuming/later-retries/retry-topics.js';
import type { DeadLetterSettings } from '../../../lib/settings/dead-letter-settings.js';

type Settings = ConstructorParameters<typeof RetryTopics>[0];

const deadLetter: DeadLetterSettings = {
  ...{ topic: undefined, create: true, retentionMs: null },
  ...{ maxLen: 100, stack: false, onRefused: 'pause' },
};
const retry = { attempts: 3, delayMs: 1, factor: 1, maxDelayMs: 1 };
const settingsOf = (settings: Partial<Settings> = {}): Settings => ({
  ...{ topicPrefix: undefined, deadLetter, retry, topics: {} },
  ...settings,
});
const topics = (settings?: Partial<Settings>): RetryTopics => new RetryTopics(settingsOf(settings));
const nameOf = (
  { topic = 't', group = 'g', delayMs = 60_000 },
  settings?: Partial<Settings>,
): string => topics(settings).of({ topic, group, delayMs }).name;
const handlerOf = (own: Partial<EventHandler>): EventHandler => ({
  ...{ name: 'h', group: 'g', pattern: '*', topics: [], invoke: async () => undefined },
  ...own,
});

const registryOf = (handlers: readonly EventHandler[]): HandlerRegistry => {
  const registry = new HandlerRegistry();
  for (const handler of handlers) registry.add(handler);
  return registry;
};

describe('the topic of a later retry', () => {
  it('is named after topic, group and delay, with the prefix in front, and keeps records for a week after they are due', () => {
    const prefixed = topics({ topicPrefix: 'dev' });
    expect(prefixed.of({ topic: 'user-login', group: 'crm', delayMs: 600_000 })).toEqual({
      ...{ name: 'dev-user-login-crm-retry-10m', source: 'dev-user-login', create: true },
      ...{ delayMs: 600_000, retentionMs: 600_000 + 7 * 86_400_000 },
    });
    expect(prefixed.nameOf({ topic: 'user-login', group: 'crm', delayMs: 600_000 })).toBe(
      'user-login-crm-retry-10m',
    );
  });

  it('is the same for one delay said in several ways', () => {
    const delays = [60_000, 90_000, 3_600_000, 1_500];
    expect(delays.map((delayMs) => nameOf({ delayMs }))).toEqual([
      't-g-retry-1m',
      't-g-retry-90s',
      't-g-retry-1h',
      't-g-retry-1500ms',
    ]);
    const [one, other] = (['60s', '1m'] as const).map((delay) =>
      laterDelays(settingsOf({ retry: { ...retry, later: [delay] } }), 't', handlerOf({})),
    );
    expect(one).toEqual(other);
  });

  it('has characters that every broker takes; names that would become the same stay apart', () => {
    const names = ['a b', 'a:b', 'a/b', 'ä b'].map((group) => nameOf({ group }));
    for (const name of names) expect(name).toMatch(/^t-[a_]_b-[0-9a-f]{8}-retry-1m$/);
    expect(new Set(names).size).toBe(4);
  });

  it('is at most 249 characters long, its prefix included, and ends in its delay', () => {
    const long = 'g'.repeat(300);
    for (const topicPrefix of [undefined, 'p'.repeat(100)]) {
      const name = nameOf({ group: long }, { topicPrefix });
      expect(name).toHaveLength(249);
      expect(name).toMatch(/g-[0-9a-f]{8}-retry-1m$/);
      expect(nameOf({ group: `${long}h` }, { topicPrefix })).not.toBe(name);
      expect(nameOf({ group: long, delayMs: 1_000 }, { topicPrefix })).not.toBe(name);
    }
  });

  it('is not created where deadLetter.create says so', () => {
    const tier = { topic: 't', group: 'g', delayMs: 1 };
    expect(topics({ deadLetter: { ...deadLetter, create: false } }).of(tier).create).toBe(false);
  });
});

describe('the topics of the later retries of a bus', () => {
  const tiersOf = (handlers: EventHandler[], settings?: Partial<Settings>): string[] =>
    topics(settings)
      .tiers({
        receiversOf: (group, topic) => registryOf(handlers).receiversOf(group, topic),
        subscriptions: () =>
          new Map([
            ['g', ['a', 'b']],
            ['other', ['a']],
          ]),
      })
      .map(({ topic, group, delayMs }) => `${topic} ${group} ${delayMs}`);

  it('are those of every delay of every handler, once each', () => {
    const handlers = [
      handlerOf({ topics: ['a'], retry: { later: ['1s', '5s'] } }),
      handlerOf({ topics: ['a'], retry: { later: [5_000, 1_000, 5_000] } }),
      handlerOf({ topics: ['b'] }),
      handlerOf({ group: 'other', topics: ['a'], retry: { later: ['1s'] } }),
    ];
    expect(tiersOf(handlers)).toEqual(['a g 1000', 'a g 5000', 'a other 1000']);
  });

  it('follow the options of bus and topic, and a handler of all topics has all', () => {
    const settings: Partial<Settings> = {
      retry: { ...retry, later: ['1m'] },
      topics: { b: { retry: { later: ['2m'] } } },
    };
    expect(tiersOf([handlerOf({})], settings)).toEqual(['a g 60000', 'b g 120000']);
    expect(tiersOf([handlerOf({ retry: { later: [] } })], settings)).toEqual([]);
  });

  it('are read by a group of their own', () => {
    expect(retryGroup('crm')).toBe('crm-retry');
  });
});
