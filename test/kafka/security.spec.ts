import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import * as kafkajs from 'kafkajs';
import { kafkaTransport, type KafkaTransportOptions } from '../../lib/transport/kafka/index.js';
import { KAFKA_GUEST, KAFKA_USER } from '../services/kafka-properties.js';
import { sharedKafka } from '../services/shared-kafka.js';
import { waitUntil } from '../support/wait-until.js';
import { KafkaWorkbench, statuses } from './support/kafka-workbench.js';

describe('logging on to Kafka', () => {
  const { bootstrap, certificates } = sharedKafka();
  const bench = new KafkaWorkbench();
  const ca = readFileSync(certificates.caFile);
  const listener = (name: keyof typeof bootstrap) => ({ brokers: bootstrap[name].split(',') });
  afterAll(() => bench.close());

  const there = async (options: KafkaTransportOptions): Promise<void> => {
    const topic = await bench.topic();
    const transport = await bench.open(options);
    await transport.connect(Date.now() + 10_000);
    expect(statuses(await bench.publish(transport, topic, ['1']))).toBe('sent');
    const { sink } = await bench.read(transport, { topics: [topic], group: bench.newName('g') });
    await waitUntil(() => sink.deliveries.length === 1, 10_000);
  };

  const refused = async (options: KafkaTransportOptions, ms = 3_000): Promise<Error> => {
    const transport = await bench.open(options);
    const error = await transport.connect(Date.now() + ms).then(
      () => undefined,
      (reason: Error) => reason,
    );
    expect(error).toMatchObject({ code: 'CONNECT_FAILED' });
    const told = `${inspect(error, { depth: 10 })} ${bench.lines.join()}`;
    expect(told).not.toContain(KAFKA_USER.password);
    expect(told).not.toContain('wrong-secret');
    return error!;
  };

  it('PLAIN over TLS with the key and the secret of the settings, as the reference', async () => {
    const settings: Record<string, string> = {
      EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: bootstrap.saslSsl,
      EVENT_BUS_KAFKA_API_KEY: KAFKA_USER.username,
      EVENT_BUS_KAFKA_API_SECRET: KAFKA_USER.password,
      EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL: 'http://127.0.0.1:9',
    };
    const factory = kafkaTransport({ ssl: { ca }, client: kafkajs });
    const { transport } = await factory({
      bus: 'security',
      setting: (name) => settings[name],
      logger: { log() {}, warn() {}, error() {}, debug() {} },
    });
    await transport.connect(Date.now() + 10_000);
    const topic = await bench.topic();
    expect(statuses(await bench.publish(transport, topic, ['1']))).toBe('sent');
    await transport.close(Date.now() + 5_000);
  });

  it.each(['scram-sha-256', 'scram-sha-512'] as const)('%s', (mechanism) =>
    there({ ...listener('saslPlaintext'), sasl: { mechanism, ...KAFKA_USER } }),
  );

  it('OAUTHBEARER, with a token from the application', async () => {
    const part = (json: object): string => Buffer.from(JSON.stringify(json)).toString('base64url');
    const now = Math.floor(Date.now() / 1_000);
    const claims = { sub: KAFKA_USER.username, iat: now, exp: now + 3_600 };
    const value = `${part({ alg: 'none' })}.${part(claims)}.`;
    const oauthBearerProvider = () => Promise.resolve({ value });
    await there({
      ...listener('saslPlaintext'),
      sasl: { mechanism: 'oauthbearer', oauthBearerProvider },
    });
  });

  it('a certificate of our own', () =>
    there({
      ...listener('ssl'),
      ssl: {
        ca,
        cert: readFileSync(certificates.clientCertificateFile),
        key: readFileSync(certificates.clientKeyFile),
      },
    }));

  it('K-12: a wrong password ends in one readable error, without the secret', async () => {
    const sasl = { mechanism: 'plain', username: KAFKA_USER.username, password: 'wrong-secret' };
    const error = await refused({
      ...listener('saslPlaintext'),
      sasl: sasl as KafkaTransportOptions['sasl'] & object,
    });
    expect(error.message).toContain('authentication failed');
  });

  it('K-12: an authority that is not trusted is named', async () => {
    const sasl = { mechanism: 'plain', ...KAFKA_USER } as const;
    // kafkajs shakes hands four times before it tells why that failed.
    const error = await refused({ ...listener('saslSsl'), sasl, ssl: true }, 8_000);
    expect(error.message).toContain('TLS handshake failed');
  });

  it('K-12: TLS on one side only ends in time', async () => {
    await refused({ ...listener('plaintext'), ssl: { ca } });
    await refused({ ...listener('ssl') });
  });

  it('K-12: a user without rights may neither write nor read, and is told so', async () => {
    const topic = await bench.topic();
    const sasl = { mechanism: 'plain', ...KAFKA_GUEST } as const;
    const transport = await bench.open({ ...listener('saslPlaintext'), sasl });
    const outcomes = await bench.publish(transport, topic, ['1']);
    expect(statuses(outcomes)).toBe('notSent');
    expect('error' in outcomes[0]! && outcomes[0].error.message).toContain('not authorized for');
    await expect(
      bench.read(transport, { topics: [topic], group: bench.newName('group') }),
    ).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      message: expect.stringContaining('the Kafka user is not authorized for'),
    });
  });
});
