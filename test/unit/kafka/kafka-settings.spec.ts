import { ConfigurationError } from '../../../lib/errors/index.js';
import type { KafkaTransportOptions } from '../../../lib/transport/kafka/settings/kafka-options.js';
import {
  kafkaSettings,
  type KafkaSettings,
} from '../../../lib/transport/kafka/settings/kafka-settings.js';

const SERVERS = 'EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS';
const KEY = 'EVENT_BUS_KAFKA_API_KEY';
const SECRET = 'EVENT_BUS_KAFKA_API_SECRET';

const read = (options: KafkaTransportOptions, settings: Record<string, unknown> = {}) =>
  revealed(kafkaSettings(options, (name) => settings[name], 'course-service'));
const revealed = ({ sasl, ssl, ...others }: KafkaSettings) => ({
  ...others,
  sasl: sasl?.reveal(),
  ssl: ssl.reveal(),
});
const problemsOf = (...input: Parameters<typeof read>): string[] => {
  try {
    read(...input);
  } catch (error) {
    if (error instanceof ConfigurationError)
      return error.problems.map(({ setting, found }) => `${setting}: ${found}`);
    throw error;
  }
  return [];
};

describe('settings of Kafka', () => {
  it('takes the brokers of the reference, and the service name as client id', () => {
    const settings = read({}, { [SERVERS]: 'a:9092, b:9093,' });
    expect(settings.brokers).toEqual(['a:9092', 'b:9093']);
    expect(settings).toMatchObject({
      clientId: 'course-service',
      sasl: undefined,
      ssl: false,
      partitioner: 'librdkafka',
      compression: 'none',
      idempotent: true,
      publishing: { lingerMs: 0, batchRecords: 1_000, batchBytes: 900_000, maxInFlight: 1 },
      sessionTimeoutMs: 30_000,
    });
  });

  it('speaks PLAIN over TLS once it has a key and a secret, as the reference', () => {
    const settings = read({}, { [SERVERS]: 'a:1', [KEY]: 'k', [SECRET]: 's' });
    expect(settings.sasl).toEqual({ mechanism: 'plain', username: 'k', password: 's' });
    expect(settings.ssl).toBe(true);
  });

  it('lets options win', () => {
    const sasl = { mechanism: 'scram-sha-512', username: 'u', password: 'p' } as const;
    const settings = read(
      { brokers: ['b:2'], sasl, clientId: 'me' },
      { [SERVERS]: 'a:1', [KEY]: 'k', [SECRET]: 's' },
    );
    expect(settings).toMatchObject({ brokers: ['b:2'], sasl, ssl: false, clientId: 'me' });
  });

  it('names every problem at once, and shows no secret', () => {
    const found = problemsOf(
      {
        partitioner: 'other' as never,
        sessionTimeout: 0,
        lingerMs: -1,
        maxInFlight: 1.5,
        batchSize: { records: 0, bytes: '1' as never },
        idempotent: 'yes' as never,
        sasl: { mechanism: 'plain', username: 'u', password: 5 as never },
        kafkajs: { producer: { idempotent: false } },
      },
      { [SERVERS]: 'kafka://user:hidden@a:1', [SECRET]: 'hidden' },
    );
    expect(found).toEqual([
      'kafkaTransport kafkajs.producer.idempotent: a value',
      'kafkaTransport sasl.password: number',
      `${SERVERS}: an entry that is not host:port`,
      "kafkaTransport partitioner: 'other'",
      "kafkaTransport idempotent: 'yes'",
      'kafkaTransport lingerMs: -1',
      'kafkaTransport batchSize.records: 0',
      "kafkaTransport batchSize.bytes: '1'",
      'kafkaTransport maxInFlight: 1.5',
      'kafkaTransport sessionTimeout: 0',
    ]);
    expect(found.join()).not.toContain('hidden');
    expect(problemsOf({ brokers: ['a:1'] }, { [SECRET]: 'hidden' })).toEqual([`${KEY}: not set`]);
    expect(problemsOf({})).toEqual([`${SERVERS}: not set`]);
  });

  it.each([
    ['h', ['h:9092']],
    ['h:1,', ['h:1']],
    [' a , b:9093 ,, c:7 ,', ['a:9092', 'b:9093', 'c:7']],
    ['PLAINTEXT://h:9093', ['h:9093']],
    ['plaintext://a, b', ['a:9092', 'b:9092']],
    ['PLAINTEXT://h:9093/', ['h:9093']],
    ['[::1]:9093', ['[::1]:9093']],
    ['[2001:db8::1]', ['[2001:db8::1]:9092']],
    ['2001:db8::1', ['[2001:db8::1]:9092']],
    ['PLAINTEXT://[::1]', ['[::1]:9092']],
    [':9093', ['localhost:9093']],
    ['\nh:09092\n', ['h:9092']],
  ])('reads the brokers %j as librdkafka does', (servers, brokers) => {
    expect(read({}, { [SERVERS]: servers }).brokers).toEqual(brokers);
    expect(read({ brokers: servers.split(',') }).brokers).toEqual(brokers);
  });

  it.each([
    'h:',
    'h:x',
    'h:0',
    'h:65536',
    'a:b:c',
    'u:p@h',
    '[::1',
    '[h]:1',
    '::x',
    '://h',
    'h:1/x',
  ])('refuses the broker %j', (servers) => {
    const refused = [`${SERVERS}: an entry that is not host:port`];
    expect(problemsOf({}, { [SERVERS]: `a:1, ${servers}` })).toEqual(refused);
  });

  it('compares the security that a broker names with the one in use', () => {
    const both = { [KEY]: 'k', [SECRET]: 's' };
    const sasl = { mechanism: 'plain', username: 'u', password: 'p' } as const;
    const fine: [Record<string, unknown>, KafkaTransportOptions][] = [
      [{ [SERVERS]: 'SASL_SSL://a:1,sasl_ssl://b', ...both }, {}],
      [{ [SERVERS]: 'SASL_PLAINTEXT://a' }, { sasl }],
      [{ [SERVERS]: 'SASL_SSL://a' }, { sasl, ssl: {} }],
      [{ [SERVERS]: 'SSL://a' }, { ssl: true }],
    ];
    for (const [settings, options] of fine) expect(problemsOf(options, settings)).toEqual([]);
    const wrong: [string, Record<string, unknown>, KafkaTransportOptions, string][] = [
      ['SASL_SSL', {}, {}, 'PLAINTEXT'],
      ['PLAINTEXT', both, {}, 'SASL_SSL'],
      ['SSL', both, {}, 'SASL_SSL'],
      ['SASL_SSL', both, { ssl: false }, 'SASL_PLAINTEXT'],
    ];
    for (const [named, settings, options, inUse] of wrong)
      expect(
        problemsOf(options, { ...settings, [SERVERS]: `a:1, ${named}://b, ${named}://c` }),
      ).toEqual([`${SERVERS}: ${named}:// although the settings and options result in ${inUse}`]);
    // With half of the key it cannot be told.
    expect(problemsOf({}, { [SERVERS]: 'SASL_SSL://a', [KEY]: 'k' })).toEqual([
      `${SECRET}: not set`,
    ]);
  });
});
