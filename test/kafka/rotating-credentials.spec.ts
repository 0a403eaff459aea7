import { inspect } from 'node:util';
import type { KafkaCredentials, KafkaTransportOptions } from '../../lib/transport/kafka/index.js';
import { KAFKA_USER } from '../services/kafka-properties.js';
import { sharedKafka } from '../services/shared-kafka.js';
import { until } from '../services/until.js';
import { KafkaWorkbench, statuses } from './support/kafka-workbench.js';

const EXPIRED = 'expired-secret';

describe('credentials that an application gives, on Kafka', () => {
  const brokers = sharedKafka().bootstrap.saslPlaintext.split(',');
  const bench = new KafkaWorkbench();
  afterAll(() => bench.close());

  const open = (
    mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512',
    credentialsProvider: () => KafkaCredentials | Promise<KafkaCredentials>,
    others: KafkaTransportOptions = {},
  ) => bench.open({ brokers, sasl: { mechanism, credentialsProvider }, ...others });

  it.each(['plain', 'scram-sha-256', 'scram-sha-512'] as const)(
    'are asked for at each new connection: %s',
    async (mechanism) => {
      let asked = 0;
      const topic = await bench.topic();
      const transport = await open(mechanism, async () => {
        asked++;
        await new Promise((resolve) => setTimeout(resolve, 5));
        return KAFKA_USER;
      });
      await transport.connect(Date.now() + 10_000);
      const connected = asked;
      expect(connected).toBeGreaterThanOrEqual(1);
      expect(statuses(await bench.publish(transport, topic, ['1']))).toBe('sent');
      expect(asked).toBeGreaterThan(connected);
      const sent = asked;
      const { sink } = await bench.read(transport, { topics: [topic], group: bench.newName('g') });
      await until('the record', () => sink.deliveries.length === 1);
      expect(asked).toBeGreaterThan(sent);
    },
    30_000,
  );

  it('go to the connection for which they were asked, also where several log on at once', async () => {
    let asked = 0;
    const topic = await bench.topic(3);
    // Every second connection is refused; each of the others must log on with its own.
    const transport = await open('scram-sha-256', async () => {
      const isExpired = asked++ % 2 === 1;
      await new Promise((resolve) => setTimeout(resolve, isExpired ? 1 : 20));
      return isExpired ? { ...KAFKA_USER, password: EXPIRED } : KAFKA_USER;
    });
    await transport.connect(Date.now() + 10_000);
    await until('a send', async () =>
      statuses(await bench.publish(transport, topic, ['1'])).includes('sent'),
    );
    expect(bench.lines.join()).not.toContain(EXPIRED);
  }, 60_000);

  it('fail the start, without a secret, where the function throws, rejects, or gives nothing or no user', async () => {
    const failing: readonly [() => never, RegExp][] = [
      [
        () => {
          throw Object.assign(new TypeError(`no ${EXPIRED}`), { token: EXPIRED });
        },
        /the application's credentialsProvider failed \(an object of class TypeError/,
      ],
      [
        () => Promise.reject(new Error(`no ${EXPIRED}`)) as never,
        /the application's credentialsProvider failed \(an object of class Error/,
      ],
      [() => undefined as never, /did not return \{ username, password \}/],
      [() => ({ password: EXPIRED }) as never, /did not return \{ username, password \}/],
    ];
    const deep = { depth: 20, showHidden: true };
    const deadline = Date.now() + 10_000;
    // Each is asked again until the deadline.
    await Promise.all(
      failing.map(async ([provider, said]) => {
        const transport = await open('plain', provider);
        const error: unknown = await transport.connect(deadline).catch((e: unknown) => e);
        const message: unknown = expect.stringMatching(said);
        expect(error).toMatchObject({ code: 'CONNECT_FAILED', message });
        expect(inspect([error, transport], deep)).not.toContain(EXPIRED);
      }),
    );
    expect(bench.lines.join()).not.toContain(EXPIRED);
  }, 30_000);

  it('are checked with the other settings', async () => {
    const both = {
      mechanism: 'plain',
      username: 'user',
      credentialsProvider: 4,
    } as unknown as KafkaTransportOptions['sasl'] & object;
    await expect(bench.open({ brokers, sasl: both })).rejects.toMatchObject({
      problems: [
        expect.objectContaining({ setting: 'kafkaTransport sasl.username' }),
        expect.objectContaining({ setting: 'kafkaTransport sasl.credentialsProvider' }),
      ],
    });
  });
});
