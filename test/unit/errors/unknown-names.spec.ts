import { anyOf, didYouMean, nearMatches } from '../../../lib/common/names.js';
import { misspeltOptions, misspeltSettings } from '../../../lib/errors/unknown-names.js';
import { configureBus } from '../../../lib/event-bus.configuration.js';
import { resolveSettings } from '../../support/resolve-settings.js';
import { kafkaTransport } from '../../../lib/transport/kafka/index.js';
import { redisTransport } from '../../../lib/transport/redis/index.js';
import type { TransportFactory } from '../../../lib/transport/wire-format.interface.js';

describe('a name that is not known', () => {
  it('is answered with the nearest known ones, best first', () => {
    expect(nearMatches('grup', ['groups', 'group', 'topic'])).toEqual(['group', 'groups']);
    expect(didYouMean('grup', ['group', 'groups'])).toBe(' (did you mean group or groups?)');
    expect(didYouMean('txet', ['text', 'level'])).toBe(' (did you mean text?)');
  });

  it.each(['', 'y', 'something else'])(
    'is answered with none that is not like it: "%s"',
    (name) => {
      expect(didYouMean(name, ['x', 'id', 'group'])).toBe('');
    },
  );

  it('is listed among several as people write it', () => {
    expect([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map(anyOf)).toEqual([
      '',
      'a',
      'a or b',
      'a, b or c',
    ]);
  });
});

describe('a misspelt option', () => {
  it('is a problem, and shows no secret', () => {
    expect(misspeltOptions({ pasword: 'hunter2', other: 1 }, ['password'])).toEqual([
      {
        setting: 'pasword',
        found: 'an option that does not exist',
        allowed: 'a known option (did you mean password?)',
      },
    ]);
    expect(misspeltOptions({ grup: undefined }, ['group'])).toEqual([]);
  });

  it('of a bus is named with the one that is meant', () => {
    const options = { transport: 'memory', topicPrefx: 'dev', events: [] } as const;
    expect(() => resolveSettings(options, { env: {} })).toThrow(
      'topicPrefx: found an option that does not exist; expected a known option (did you mean topicPrefix?)',
    );
  });

  it.each<[string, TransportFactory]>([
    [
      'redisTransport consumername',
      redisTransport({ consumername: 'a', url: 'redis://h' } as never),
    ],
    ['kafkaTransport compresion', kafkaTransport({ compresion: 'gzip', brokers: ['h'] } as never)],
  ])('of a transport too: %s', async (setting, transport) => {
    const host = { bus: 'default', setting: () => undefined, logger: console };
    await expect((async () => transport(host))()).rejects.toThrow(
      new RegExp(
        `${setting}: found an option that does not exist; expected a known option \\(did you mean `,
      ),
    );
  });
});

describe('a misspelt setting', () => {
  it('is one that is set, was not read, and differs in a letter or two from one that was', () => {
    const read = new Set(['EVENT_BUS_REDIS_CONNECTION_URL', 'EVENT_BUS_TOPIC_PREFIX']);
    const given = [...read, 'EVENT_BUS_REDIS_CONECTION_URL', 'EVENT_BUS_KAFKA_CONNECTION_URL'];
    expect(misspeltSettings([...given, 'EVENTS_BUS_TOPIC_PREFIX'], read)).toEqual([
      'EVENT_BUS_REDIS_CONECTION_URL is not a known setting and is ignored (did you mean EVENT_BUS_REDIS_CONNECTION_URL?)',
    ]);
  });

  it('is warned of when the bus is configured', async () => {
    const lines: string[] = [];
    const log = (line: string) => lines.push(line);
    const { parts } = await configureBus({
      options: { transport: 'memory', settings: { EVENT_BUS_TOPIC_PREFX: 'dev' } },
      sources: { env: { EVENT_BUS_PRODUCER_CONFIGS: '{}', PATH: '/' } },
      added: [],
      loggerOf: () => ({ log, warn: log, error: log, debug: log }),
    });
    await parts.transport.close(0);
    expect(lines).toEqual([
      'Bus default: EVENT_BUS_TOPIC_PREFX is not a known setting and is ignored (did you mean EVENT_BUS_TOPIC_PREFIX?)',
      'Bus default: EVENT_BUS_PRODUCER_CONFIGS is not a known setting and is ignored (did you mean EVENT_BUS_PRODUCER_CONFIG?)',
    ]);
  });
});
