import { ConfigurationError } from '../../../lib/errors/index.js';
import type { KafkaTransportOptions } from '../../../lib/transport/kafka/kafka-options.js';
import { kafkaSettings, type KafkaSettings } from '../../../lib/transport/kafka/kafka-settings.js';

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
      `${SERVERS}: one that is not host:port`,
      "kafkaTransport partitioner: 'other'",
      "kafkaTransport idempotent: 'yes'",
      'kafkaTransport lingerMs: -1',
      'kafkaTransport batchSize.records: 0',
      "kafkaTransport batchSize.bytes: '1'",
      'kafkaTransport maxInFlight: 1.5',
      'kafkaTransport sessionTimeout: 0',
    ]);
    expect(found.join()).not.toContain('hidden');
    expect(problemsOf({ brokers: ['a:1'] }, { [SECRET]: 'hidden' })).toEqual([`${KEY}: nothing`]);
    expect(problemsOf({})).toEqual([`${SERVERS}: nothing`]);
  });
});
