import { readFileSync } from 'node:fs';
import { kafkaTransport, type KafkaTransportOptions } from '../../lib/transport/kafka/index.js';
import * as kafkajs from 'kafkajs';
import { REFUSED_BY_REGISTRY } from '../interop/catalogue.js';
import { KafkaWorkbench } from '../kafka/support/kafka-workbench.js';
import { KAFKA_GUEST, KAFKA_USER } from '../services/kafka-properties.js';
import { sharedKafka, sharedRegistryUrl } from '../services/shared-kafka.js';
import { until } from '../services/until.js';
import { cli, type CliRun, type CliRunOptions } from '../support/cli.js';
import { waitUntil } from '../support/wait-until.js';
import { createTopics } from '../services/kafka-topics.js';

const TYPE = 'org.openedx.enterprise.subsidy.redeemed.v1';
const PREFIX = 'dev';
const data = (n: number) => ({
  redemption: { subsidy_identifier: `s${n}`, content_key: `c${n}`, lms_user_id: n },
});
const bench = new KafkaWorkbench();
afterAll(() => bench.close());

/** As the services of Open edX are configured. */
const env = (more: Record<string, string> = {}): Record<string, string> => ({
  EVENT_BUS_PRODUCER: 'edx_event_bus_kafka.create_producer',
  EVENT_BUS_CONSUMER: 'edx_event_bus_kafka.KafkaEventConsumer',
  EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: sharedKafka().bootstrap.plaintext,
  EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL: sharedRegistryUrl(),
  EVENT_BUS_TOPIC_PREFIX: PREFIX,
  ...more,
});
const run = (argv: string[], more: CliRunOptions = {}) => cli(argv, { env: env(), ...more });

let topic: string;
let group: string;
beforeEach(() => {
  topic = bench.newName('cli');
  group = bench.newName('group');
});

const produceOf = (type: string, ...more: string[]) => [
  ...['produce-event', '--type', type, '--topic', topic, ...more],
];
const produce = (count: number, more: CliRunOptions = {}) => {
  const stdin = Array.from({ length: count }, (_, n) => JSON.stringify(data(n))).join('\n');
  const key = ['--key-field', 'redemption.content_key'];
  return run([...produceOf(TYPE, '--data', '-'), ...key], { stdin, ...more });
};
const consume = (...more: string[]) => run(['consume-events', '-t', topic, '-g', group, ...more]);
const positions = ({ answers }: CliRun): string[] => answers.map(({ position }) => position);

describe('the commands on Kafka', () => {
  it('what is produced is consumed; positions are partition and offset; the next run goes on (C-03)', async () => {
    await bench.admin((admin) =>
      createTopics(admin, [{ topic: `${PREFIX}-${topic}`, numPartitions: 3 }]),
    );
    const sent = await produce(12);
    expect([sent.code, new Set(positions(sent)).size]).toEqual([0, 12]);
    for (const position of positions(sent)) expect(position).toMatch(/^[012]:\d+$/);
    const first = await consume('--max', '5', '--timeout', '40');
    expect(first.code).toBe(0);
    const rest = await consume('--max', '7', '--timeout', '40');
    const read = [...first.answers, ...rest.answers];
    expect(read.map(({ position }) => position).sort()).toEqual(positions(sent).sort());
    for (const { position, ...event } of read)
      expect(event).toMatchObject({
        topic,
        data: data(positions(sent).indexOf(position)),
        metadata: { id: sent.answers[positions(sent).indexOf(position)].id },
      });
  });

  it('an unknown topic waits until the time is over, exit code 0 (C-03)', async () => {
    const { code, answers } = await consume('--timeout', '1');
    expect([code, answers]).toEqual([0, []]);
  });

  it('decode --framed reads the value of a record with the schema that it names', async () => {
    await produce(1);
    const { sink } = await bench.read(await bench.open(), {
      topics: [`${PREFIX}-${topic}`],
      group: null,
    });
    await waitUntil(() => sink.deliveries.length === 1, 20_000);
    const hex = Buffer.from(sink.deliveries[0]!.record.value!).toString('hex');
    const lines = [hex, hex.slice(10), '007fffffff00'].map((value) =>
      JSON.stringify({ event_type: TYPE, hex: value }),
    );
    const { code, answers } = await run(['decode', '--framed'], { stdin: lines.join('\n') });
    expect(code).toBe(0);
    expect(answers[0]).toEqual({ data: data(0), schema_id: parseInt(hex.slice(2, 10), 16) });
    expect(answers[1].error.message).toContain('not in Confluent wire format');
    expect(answers[2].error.message).toContain('schema id 2147483647');
    const bare = await run(['decode'], {
      stdin: JSON.stringify({ event_type: TYPE, hex: hex.slice(10) }),
    });
    expect(bare.answers).toEqual([{ data: data(0) }]);
  });

  it('decode --framed ends with 1 while the registry is away, with 2 where there is none', async () => {
    const stdin = JSON.stringify({ event_type: TYPE, hex: '000000000100' });
    const away = env({ EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL: 'http://127.0.0.1:9' });
    const { code, answers, log } = await run(['decode', '--framed'], { stdin, env: away });
    expect([code, answers]).toEqual([1, []]);
    expect(log).toContain('Schema registry');
    const none = await run(['decode', '--framed'], {
      stdin,
      env: { EVENT_BUS_TRANSPORT: 'memory' },
    });
    expect([none.code, none.log]).toEqual([2, expect.stringContaining('no schema registry')]);
  });
});

describe('generate-avro-schemas --check', () => {
  const check = (...more: string[]) => run(['generate-avro-schemas', '--check', ...more]);
  const subject = () => `${PREFIX}-${topic}-${TYPE}.CloudEvent`;
  const registry = (method: string, path: string, body: object) =>
    fetch(`${sharedRegistryUrl()}${path}`, {
      method,
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      body: JSON.stringify(body),
    });

  it('tells how our schema stands to what is registered, and ends with 1 for an incompatible one', async () => {
    const of = ['--type', TYPE, '--topic', topic];
    const before = await check(...of);
    expect([before.code, before.answers[0].subject]).toEqual([0, subject()]);
    expect(['newSubject', 'compatible']).toContain(before.answers[0].state);
    await produce(1);
    const after = await check(...of);
    expect([after.code, after.answers]).toMatchObject([
      0,
      [{ event_type: TYPE, topic, state: 'registered', id: expect.any(Number) }],
    ]);

    topic = bench.newName('other');
    const other = { type: 'record', name: 'CloudEvent', namespace: TYPE, fields: [] };
    const path = `/subjects/${encodeURIComponent(subject())}/versions`;
    expect((await registry('POST', path, { schema: JSON.stringify(other) })).ok).toBe(true);
    const config = `/config/${encodeURIComponent(subject())}`;
    expect((await registry('PUT', config, { compatibility: 'FULL' })).ok).toBe(true);
    const { code, answers } = await check('--type', TYPE, '--topic', topic);
    expect([code, answers]).toMatchObject([1, [{ subject: subject(), state: 'incompatible' }]]);
    const refused = await produce(1);
    expect([refused.code, refused.answers]).toMatchObject([1, [{ error: { topic } }]]);
  });

  it('takes the topics of the routes, else of the platform, and passes over what has none', async () => {
    const routes = JSON.stringify({
      [TYPE]: { [topic]: { event_key_field: 'redemption.content_key', enabled: true } },
    });
    const { code, answers, log } = await run(['generate-avro-schemas', '--check'], {
      env: env({ EVENT_BUS_PRODUCER_CONFIG: routes }),
    });
    expect(answers.filter(({ topic: of }) => of === topic).map((one) => one.event_type)).toEqual([
      TYPE,
    ]);
    expect(answers.length).toBeGreaterThan(20);
    expect(log).toContain('Skipped: no topic of');
    expect(code).toBe(answers.some(({ error }) => error) ? 1 : 0);
  });

  it('the event with a hyphen in its namespace ends in one clear error, sent or compared', async () => {
    const stdin = JSON.stringify(data(1));
    const sent = await run(produceOf(REFUSED_BY_REGISTRY, '--data', '-'), { stdin });
    const compared = await check('--type', REFUSED_BY_REGISTRY, '--topic', topic);
    for (const { code, answers } of [sent, compared]) {
      expect([code, answers]).toMatchObject([
        1,
        [{ error: { event_type: REFUSED_BY_REGISTRY, topic } }],
      ]);
      expect(JSON.stringify(answers)).toContain('hyphen');
    }
  });
});

describe('a Kafka that refuses us', () => {
  const { bootstrap, certificates } = sharedKafka();
  const ca = readFileSync(certificates.caFile);
  const as = (options: KafkaTransportOptions): CliRunOptions => ({
    transport: kafkaTransport({ client: kafkajs, ...options }),
  });
  /** Of each command: exit code 1 and one readable error, without a secret. */
  const refused = async (options: CliRunOptions, text: RegExp): Promise<void> => {
    const runs = await Promise.all([
      run(['consume-events', '-t', topic, '-g', group, '--timeout', '40'], options),
      produce(1, options),
      run(['replay-events', '-t', topic, '-g', group, '--from-offset', '0'], options),
    ]);
    for (const { code, out, log } of runs) {
      expect(code).toBe(1);
      expect(out + log).toMatch(text);
      expect(out + log).not.toMatch(/wrong-secret|-secret/);
      expect(`${out}${log}`.split('\n').length).toBeLessThan(8);
    }
  };

  it('a wrong password: exit code 1 and one readable error, without the secret (K-12)', () =>
    refused(
      as({
        brokers: bootstrap.saslSsl.split(','),
        ssl: { ca },
        sasl: { mechanism: 'plain', username: KAFKA_USER.username, password: 'wrong-secret' },
      }),
      /authentication failed/,
    ));

  it('TLS on one side only: exit code 1 and one readable error (K-12)', () =>
    refused(
      {
        env: env({
          EVENT_BUS_KAFKA_API_KEY: KAFKA_USER.username,
          EVENT_BUS_KAFKA_API_SECRET: KAFKA_USER.password,
        }),
      },
      /TLS/,
    ));

  it('no right to a topic, or to a group: exit code 1 and one readable error (K-12)', async () => {
    await bench.admin((admin) => createTopics(admin, [{ topic: `${PREFIX}-${topic}` }]));
    const guest = as({
      brokers: bootstrap.saslPlaintext.split(','),
      sasl: { mechanism: 'plain', ...KAFKA_GUEST },
    });
    await refused(guest, /user is not authorized for/);
    const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } =
      kafkajs;
    const right = {
      resourceType: AclResourceTypes.TOPIC,
      resourceName: `${PREFIX}-${topic}`,
      resourcePatternType: ResourcePatternTypes.LITERAL,
      principal: `User:${KAFKA_GUEST.username}`,
      host: '*',
      permissionType: AclPermissionTypes.ALLOW,
    };
    const operations = [AclOperationTypes.READ, AclOperationTypes.DESCRIBE];
    await bench.admin((admin) =>
      admin.createAcls({ acl: operations.map((operation) => ({ ...right, operation })) }),
    );
    await until('the rights', () =>
      bench.admin(async (admin) => {
        const asked = { ...right, operation: AclOperationTypes.ANY };
        const { resources } = await admin.describeAcls(asked);
        return resources.flatMap(({ acls }) => acls).length === operations.length;
      }),
    );
    const { code, log } = await run(
      ['consume-events', '-t', topic, '-g', group, '--timeout', '40'],
      guest,
    );
    expect([code, log]).toEqual([
      1,
      expect.stringContaining('is not authorized for this consumer group'),
    ]);
  });
});
