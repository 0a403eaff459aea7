import { shownName, shownValue } from '../../../lib/errors/outside-text.js';
import { ConfigurationError } from '../../../lib/errors/index.js';
import { resolveSettings } from '../../support/resolve-settings.js';
import { kafkaTransport } from '../../../lib/transport/kafka/index.js';
import { redisTransport } from '../../../lib/transport/redis/index.js';
import { configure } from '../../support/configuration-problems.js';
import type { TransportFactory } from '../../../lib/transport/wire-format.interface.js';

const SECRET = 'hunter2';
const quiet = () => undefined;
const logger = { log: quiet, warn: quiet, error: quiet, debug: quiet };

/** What is refused, as it is printed; fails where it is taken. */
async function refusal(make: () => unknown): Promise<string> {
  try {
    await make();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return `${error.message} ${JSON.stringify(error.problems)}`;
  }
  throw new Error('it was taken');
}

const made = (factory: TransportFactory, settings: Record<string, unknown> = {}) =>
  factory({ bus: 'b', setting: (name) => settings[name], logger });

describe('what a refused setting shows', () => {
  it.each<[string, unknown]>([
    ['EVENT_BUS_KAFKA_API_SECRET', SECRET],
    ['EVENT_BUS_KAFKA_API_KEY', SECRET],
    ['redisTransport redis.password', SECRET],
    ['redisTransport redis.sentinelPassword', SECRET],
    ['kafkaTransport ssl.passphrase', SECRET],
    ['EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL', 'https://key:hunter2@r1,https://key:hunter2@r2'],
    ['EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL', 'https://r1/?api_key=hunter2'],
    ['EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL', 'https://r1/hunter2/apis'],
    ['EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS', 'user:hunter2@host:9092'],
    ['EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS', 'a:1,SASL_SSL://user:hunter2@host:9092'],
    ['transport', { brokers: ['a:1'], sasl: { username: 'u', password: 'h"hunter2' } }],
    ['transport', [{ deep: [['hunter2']] }]],
    ['transport', new Map([['password', 'hunter2']])],
    ['EVENT_BUS_PRODUCER_CONFIG', '{"sasl": {"pass": "hunter2"}'],
    ['EVENT_BUS_REDIS_CONNECTION_URL', 'redis://:hunter2@host:6379/0'],
    ['EVENT_BUS_REDIS_CONNECTION_URL', 'redis://user:p@/ss:hunter2@host'],
    ['EVENT_BUS_REDIS_CONNECTION_URL', 'redis://host?password=hunter2'],
    ['EVENT_BUS_REDIS_CONNECTION_URL', 'hunter2'],
    ['EVENT_BUS_REDIS_CONNECTION_URL', 'default hunter2'],
    ['EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL', 'hunter2'],
    ['X', 'u:hunter2@h'],
    ['X', 'password=hunter2'],
    ['X', 'Bearer hunter2=='],
  ])('hides the secret of %s=%p', (name, value) => {
    expect(shownValue(name, value)).not.toContain(SECRET);
  });

  it('is known by its place where it is no secret', () => {
    expect(shownValue('EVENT_BUS_TOPIC_PREFIX', 3)).toBe('3');
    expect(shownValue('X', 'mayhbe ')).toBe("'mayhbe '");
    expect(shownValue('X', 'redis://host:6379/0')).toBe("'redis://host:6379/0'");
    expect(shownValue('X', 'REDIS://u:hunter2@[::1]:7/2')).toBe(
      "'redis://[::1]:7/2' and more (hidden)",
    );
    expect(shownValue('X', undefined)).toBe('not set');
    expect(shownValue('X', null)).toBe('null');
    expect(shownValue('X', 'a'.repeat(500))).toBe('a string of 500 characters (hidden)');
    expect(shownValue('X', ['a', 'b'])).toBe('a list of 2');
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;
    expect(shownValue('X', loop)).toBe('an object');
    expect(shownName('org.openedx.learning.course.v1')).toBe('org.openedx.learning.course.v1');
  });

  const URLS = [
    'redis://h:6379?password=hunter2&db=x',
    'redis://h:6379?password=hunter2&ssl_ca_path=/hunter2',
    'rediss://h:6379?ssl_password=hunter2&ssl_keyfile=/hunter2',
    'redis://h:6379?hunter2=1',
    'unix://user:hunter2@?password=hunter2',
    'redis://:hunter2?@h:6379',
    'redis://user:hun/ter2@h:6379',
    'redis://user:hunter2#x@h:6379',
    'redis://user:123?hunter2@h:6379',
    'redis://user:123#hunter2@h:6379',
    'rediss://cache:123/hunter2@h:6380/0',
    'redis://:hunter2',
    'redis://u:hunter2@[::1/0',
    'redis://u:hunter2@h:port',
    'redis://u:hunter2@h/-1',
    'redis://u:hunter2@h:70000',
    'redis://hunter2%40h:1/2',
    'redis://h/0?hunter2',
    'redis://h/0?db=hunter2',
    'redis://h/0#hunter2',
    'http://u:hunter2@h',
    'redis+socket://u:hunter2@h/run/x',
    'hunter2://h',
    'unix:///run/redis.sock?db=hunter2',
    ' http://:hunter2@h',
    'ht\ntp://:hunter2@h',
    'redis://:hun\nter2@h:x',
    'HTTP://u:hunter2@h',
    'u:hunter2@h:1',
    ':hunter2@',
  ];
  it.each(URLS)('nothing of the Redis URL %p, with the hint to percent-encode', async (url) => {
    const name = 'EVENT_BUS_REDIS_CONNECTION_URL';
    const told = [
      await refusal(() => made(redisTransport({ url }))),
      await refusal(() => made(redisTransport(), { [name]: url })),
    ];
    if (!/^(redis|unix)/i.test(url.trim()))
      told.push(await refusal(() => configure({ transport: 'redis', settings: { [name]: url } })));
    if (
      !url.includes('+') &&
      !url.startsWith('unix') &&
      !/^(redis:..user:hunter2@|u:hunter2@h:1)$/.test(url)
    )
      told.push(await refusal(() => made(redisTransport({ cluster: [url] }))));
    for (const text of told) {
      expect(text).not.toMatch(/hunter2|hun\/ter2|ter2|123|cache/);
      expect(text).toContain('percent-encode');
    }
  });

  it.each([
    'https://u:hunter2@r?api_key=hunter2',
    'https://r/?hunter2',
    'https://r/#hunter2',
    'https://u:hun/ter2@r',
    'ftp://u:hunter2@r',
    'u:hunter2@r',
    ' https://u:hunter2@r:x',
    'https://u:hunter2@r,https://u:hunter2@r/?q',
  ])('nothing secret of the registry URL %p', async (url) => {
    const brokers = ['b:9092'];
    const name = 'EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL';
    const settings = { [name]: url, EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: 'b:9092' };
    const told = [
      await refusal(() => made(kafkaTransport({ brokers, schemaRegistry: { url } }))),
      await refusal(() => made(kafkaTransport({ brokers }), settings)),
      await refusal(() => configure({ transport: 'kafka', settings })),
    ];
    for (const text of told) {
      expect(text).not.toMatch(/hunter2|ter2/);
      expect(text).toContain('percent-encode');
    }
  });

  it('nor of other options and settings that hold one in the wrong place', async () => {
    const url = `redis://:${SECRET}@h`;
    const schemaRegistry = { url: 'http://r' };
    const told = [
      await refusal(() =>
        made(
          redisTransport({
            url: 'redis://h',
            readCount: url as never,
            streamMaxLen: { url } as never,
            redis: { keyPrefix: url, replyMapping: { password: SECRET } },
          }),
        ),
      ),
      await refusal(() =>
        made(
          kafkaTransport({
            brokers: [url],
            partitioner: url as never,
            sasl: { mechanism: url, password: SECRET } as never,
            lingerMs: { sasl: SECRET } as never,
            idempotent: [SECRET, url] as never,
            compression: `u:${SECRET}@h` as never,
            schemaRegistry: { ...schemaRegistry, requestTimeoutMs: url as never },
          }),
        ),
      ),
      await refusal(() =>
        resolveSettings(
          {
            transport: url as never,
            concurrency: url as never,
            retry: { factor: url as never },
            keyFields: { [url]: 5 as never },
            producerConfig: { [url]: 5, t: { [url]: { enabled: url } } } as never,
            startFrom: { password: SECRET } as never,
            writeAs: url,
          },
          { env: {} },
        ),
      ),
      await refusal(() =>
        resolveSettings(
          { transport: 'memory', settings: { EVENT_BUS_PRODUCER_CONFIG: `@{"a": "${SECRET}"}` } },
          { env: {} },
        ),
      ),
    ];
    expect(told.join('\n')).not.toContain(SECRET);
  });
});
