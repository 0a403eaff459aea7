import { isLoopback } from '../../../lib/transport/common/clear-text.js';
import { kafkaTransport, type KafkaTransportOptions } from '../../../lib/transport/kafka/index.js';
import { redisTransport, type RedisTransportOptions } from '../../../lib/transport/redis/index.js';
import type { TransportFactory } from '../../../lib/transport/wire-format.interface.js';

const PW = 's3cret';

async function warned(
  factory: TransportFactory,
  settings: Record<string, unknown> = {},
): Promise<string[]> {
  const lines: string[] = [];
  const quiet = () => undefined;
  const logger = {
    log: quiet,
    debug: quiet,
    error: quiet,
    warn: (text: string) => lines.push(text),
  };
  const { transport } = await factory({ bus: 'b', setting: (name) => settings[name], logger });
  await transport.close(Date.now());
  expect(lines.join()).not.toContain(PW);
  return lines;
}

const redis = (options: RedisTransportOptions, settings = {}) =>
  warned(redisTransport(options), settings);
const kafka = (options: KafkaTransportOptions, settings = {}) =>
  warned(kafkaTransport({ schemaRegistry: { url: 'http://localhost' }, ...options }), settings);
const sasl = { mechanism: 'plain', username: 'u', password: PW } as const;

describe('credentials in clear', () => {
  it.each<[string, () => Promise<string[]>, string, RegExp]>([
    ['of a Redis URL', () => redis({ url: `redis://:${PW}@cache:1` }), 'cache', /url/],
    [
      'of the setting',
      () => redis({}, { EVENT_BUS_REDIS_CONNECTION_URL: `redis://u:${PW}@10.0.0.1/0` }),
      '10.0.0.1',
      /EVENT_BUS_REDIS_CONNECTION_URL/,
    ],
    ['of options', () => redis({ redis: { host: 'h1', password: PW } }), 'h1', /redis/],
    [
      'of a cluster',
      () => redis({ cluster: [`redis://:${PW}@n1:1`, '127.0.0.1:2', 'n2:3'] }),
      'n1, n2',
      /cluster/,
    ],
    [
      'of a master behind Sentinels, which TLS of its own does not cover',
      () => redis({ redis: { sentinels: [{ host: 's1' }], name: 'm', password: PW, tls: {} } }),
      's1',
      /enableTLSForSentinelMode/,
    ],
    [
      'of Sentinels',
      () => redis({ redis: { sentinels: [{ host: 's1' }], name: 'm', sentinelPassword: PW } }),
      's1',
      /sentinelPassword/,
    ],
    ['of Kafka', () => kafka({ brokers: ['k1:9', 'k2:9', '[::1]:9'], sasl }), 'k1, k2', /sasl/],
    [
      'of Kafka by SCRAM',
      () => kafka({ brokers: ['k:1'], sasl: { ...sasl, mechanism: 'scram-sha-512' }, ssl: false }),
      'k',
      /ssl/,
    ],
    [
      'of Kafka by a token',
      () =>
        kafka({
          brokers: ['k:1'],
          sasl: { mechanism: 'oauthbearer', oauthBearerProvider: async () => ({ value: PW }) },
        }),
      'k',
      /oauthbearer/,
    ],
    [
      'of the registry',
      () =>
        kafka({
          brokers: ['k:1'],
          schemaRegistry: { url: ['http://r1', 'https://r2'], apiKey: 'k', apiSecret: PW },
        }),
      'r1',
      /schemaRegistry/,
    ],
    [
      'in the URL of the registry',
      () => kafka({ brokers: ['k:1'], schemaRegistry: { url: `http://k:${PW}@r1:8081/api` } }),
      'r1',
      /REGISTRY_URL/,
    ],
    [
      'of a host whose other ways to connect are set to nothing',
      () => redis({ redis: { host: 'h2', password: PW, path: null, Connector: null } }),
      'h2',
      /redis/,
    ],
    [
      'of a cluster, whose nodes are no socket',
      () => redis({ cluster: [`redis://:${PW}@n1:1`], redis: { path: '/x', Connector: Object } }),
      'n1',
      /cluster/,
    ],
    [
      'of the key and the secret of the reference, without the TLS that they imply',
      () =>
        warned(kafkaTransport({ ssl: false }), {
          EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: 'k:1',
          EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL: 'https://r',
          EVENT_BUS_KAFKA_API_KEY: 'key',
          EVENT_BUS_KAFKA_API_SECRET: PW,
        }),
      'k',
      /EVENT_BUS_KAFKA_API_SECRET/,
    ],
    [
      'of Kafka by addresses and names of every kind',
      () => kafka({ brokers: ['[2001:db8::1]:9', 'bücher.example:9', 'a_b:9', '127.1:9'], sasl }),
      '[2001:db8::1], bücher.example, a_b',
      /sasl/,
    ],
    [
      'of the registry by an address',
      () =>
        kafka({ brokers: ['k:1'], schemaRegistry: { url: `HTTP://k:${PW}@[2001:db8::2]:8081` } }),
      '[2001:db8::2]',
      /REGISTRY_URL/,
    ],
    [
      'of Redis by an address with a zone',
      () => redis({ redis: { host: 'fe80::1%eth0', password: PW } }),
      'fe80::1%eth0',
      /redis/,
    ],
  ])('are warned of once, with option and host: %s', async (_, make, hosts, option) => {
    const lines = await make();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`without TLS to ${hosts}: `);
    expect(lines[0]).toMatch(option);
  });

  it.each<[string, () => Promise<string[]>]>([
    ['to Redis on this machine', () => redis({ url: `redis://:${PW}@127.0.0.1` })],
    ['by default', () => redis({ redis: { password: PW, path: '/run/redis.sock' } })],
    ['by a socket', () => redis({ url: 'unix:///run/redis.sock', redis: { password: PW } })],
    ['over TLS', () => redis({ url: `rediss://:${PW}@cache` })],
    ['over TLS of the options', () => redis({ url: `redis://:${PW}@c`, redis: { tls: {} } })],
    ['without a password', () => redis({ url: 'redis://cache' })],
    ['to Kafka on this machine', () => kafka({ brokers: ['localhost:1', '[::1]:2'], sasl })],
    ['to Kafka over TLS', () => kafka({ brokers: ['k:1'], sasl, ssl: true })],
    ['without sasl', () => kafka({ brokers: ['k:1'], schemaRegistry: { url: 'http://r' } })],
    [
      'with the key and the secret of the reference, which imply TLS',
      () =>
        kafka(
          { brokers: ['k:1'], schemaRegistry: { url: `https://k:${PW}@r` } },
          { EVENT_BUS_KAFKA_API_KEY: 'k', EVENT_BUS_KAFKA_API_SECRET: PW },
        ),
    ],
  ])('are not where nobody can read them: %s', async (_, make) => {
    expect(await make()).toEqual([]);
  });

  it('the loopback addresses are known in every form, and nothing else', () => {
    for (const host of [
      '127.0.0.1',
      '127.9.9.9',
      '::1',
      '[::1]',
      '0:0:0:0:0:0:0:1',
      '::ffff:127.0.0.1',
      '[::ffff:7f00:1]',
      '127.1',
      '0x7f000001',
      '0177.0.0.1',
      '2130706433',
    ])
      expect([host, isLoopback(host)]).toEqual([host, true]);
    for (const host of ['localhost', 'LOCALHOST', 'localhost.', 'a.localhost', 'a.b.localhost'])
      expect([host, isLoopback(host)]).toEqual([host, true]);
    for (const host of [
      '128.0.0.1',
      '127.example.org',
      'localhost.org',
      'xlocalhost',
      '127.0.0.1.example.org',
      '10.1',
      'face',
      '::2',
      '0.0.0.0',
      '',
    ])
      expect([host, isLoopback(host)]).toEqual([host, false]);
  });
});
