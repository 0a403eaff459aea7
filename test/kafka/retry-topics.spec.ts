import * as kafkajs from 'kafkajs';
import { ConfigurationError, type EventBusError } from '../../lib/errors/index.js';
import type { LaterRetries, RetryTopic } from '../../lib/transport/later-retries.interface.js';
import { KAFKA_GUEST } from '../services/kafka-properties.js';
import { createTopics } from '../services/kafka-topics.js';
import { sharedKafka } from '../services/shared-kafka.js';
import { until } from '../services/until.js';
import { KafkaWorkbench } from './support/kafka-workbench.js';

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = (
  kafkajs as unknown as { default: typeof kafkajs }
).default;
const TOPIC = 2;
const NAMES = [
  'cleanup.policy',
  'max.message.bytes',
  'retention.ms',
  'retention.bytes',
  'message.timestamp.type',
];
const MINUTE = 60_000;
const WEEK = 7 * 86_400_000;

describe('retry topics in Kafka', () => {
  const bench = new KafkaWorkbench();
  let retries: LaterRetries;
  beforeAll(async () => {
    retries = (await bench.open()).laterRetries!;
  });
  afterAll(() => bench.close());

  async function topicWith(config: Record<string, string> = {}, partitions = 1): Promise<string> {
    const topic = bench.newName('source');
    const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
    const wanted = { topic, numPartitions: partitions, configEntries };
    await bench.admin((admin) => createTopics(admin, [wanted]));
    return topic;
  }
  const wantedOf = (source: string, more: Partial<RetryTopic> = {}): RetryTopic => ({
    ...{ name: `${source}-crm-retry-1m`, source, create: true },
    ...{ delayMs: MINUTE, retentionMs: MINUTE + WEEK, ...more },
  });
  async function settings(topic: string): Promise<Record<string, string>> {
    const resources = [{ type: TOPIC, name: topic, configNames: NAMES }];
    const found = await bench.admin((admin) =>
      admin.describeConfigs({ resources, includeSynonyms: false }),
    );
    const entries = found.resources.flatMap(({ configEntries }) => configEntries);
    return Object.fromEntries(
      entries.map(({ configName, configValue }) => [configName, configValue]),
    );
  }
  const problemOf = (made: Promise<unknown>): Promise<EventBusError> =>
    made.then(
      () => Promise.reject(new Error('it succeeded')),
      (error: EventBusError) => error,
    );
  const alterOf = (topic: string, cure: string): string =>
    `kafka-configs.sh --bootstrap-server ${bench.brokers.join(',')} --alter --entity-type topics --entity-name ${topic} --add-config ${cure}`;

  it('are made like the source, stamped by the broker, and kept for a week after records are due', async () => {
    const source = await topicWith({ 'max.message.bytes': '2000000' }, 5);
    await retries.prepare(wantedOf(source));
    const name = `${source}-crm-retry-1m`;
    expect(await bench.end(name)).toHaveLength(5);
    expect(await settings(name)).toEqual({
      'cleanup.policy': 'delete',
      'max.message.bytes': '2016384',
      'retention.ms': String(MINUTE + WEEK),
      'retention.bytes': '-1',
      'message.timestamp.type': 'LogAppendTime',
    });
  });

  it('are made once when five members make them at once', async () => {
    const source = await topicWith({}, 3);
    const members = await Promise.all(Array.from({ length: 5 }, () => bench.open()));
    await Promise.all(members.map((member) => member.laterRetries!.prepare(wantedOf(source))));
    expect(await bench.end(`${source}-crm-retry-1m`)).toHaveLength(3);
  });

  it('are not made where deadLetter.create is false: the error has the command that makes them', async () => {
    const source = await topicWith({}, 4);
    const wanted = wantedOf(source, { create: false });
    const error = await problemOf(retries.prepare(wanted));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error.message).toContain(
      `retry topic ${wanted.name}: found no such topic, and deadLetter.create is false`,
    );
    expect(error.message).toContain(
      `kafka-topics.sh --bootstrap-server ${bench.brokers.join(',')} --create --topic ${wanted.name} --partitions 4 --config cleanup.policy=delete --config retention.ms=${MINUTE + WEEK} --config retention.bytes=-1 --config message.timestamp.type=LogAppendTime`,
    );
    expect(await bench.admin((admin) => admin.listTopics())).not.toContain(wanted.name);
  });

  it.each([
    [{ 'message.timestamp.type': 'CreateTime' }, 'message.timestamp.type=LogAppendTime'],
    [{ 'retention.ms': '60000' }, 'retention.ms=120000'],
    [{ 'retention.ms': '1000' }, 'retention.ms=120000'],
    [{ 'cleanup.policy': 'compact' }, 'cleanup.policy=delete'],
    [{ 'retention.bytes': '1000000' }, 'retention.bytes=-1'],
    [{ 'max.message.bytes': '5000' }, 'max.message.bytes=1064972'],
    [
      {
        ...{ 'cleanup.policy': 'compact,delete', 'retention.ms': '5' },
        'message.timestamp.type': 'CreateTime',
      },
      'cleanup.policy=delete,retention.ms=120000,message.timestamp.type=LogAppendTime',
    ],
  ])('may not be one with %j: the error has the cure, after which it may', async (config, cure) => {
    const name = await topicWith({ 'message.timestamp.type': 'LogAppendTime', ...config });
    const wanted = wantedOf(await topicWith(), { name, create: false });
    const error = await problemOf(retries.prepare(wanted));
    expect(error).toBeInstanceOf(ConfigurationError);
    const { problems } = error as ConfigurationError;
    expect(problems).toHaveLength(Object.keys(config).length);
    for (const { setting } of problems) expect(setting).toBe(`retry topic ${name}`);
    expect(error.message).toContain(alterOf(name, cure));
    const cured = new Map([['message.timestamp.type', 'LogAppendTime']]);
    for (const one of cure.split(',')) cured.set(...(one.split('=') as [string, string]));
    const configEntries = [...cured].map(([key, value]) => ({ name: key, value }));
    await bench.admin((admin) =>
      admin.alterConfigs({
        validateOnly: false,
        resources: [{ type: TOPIC, name, configEntries }],
      }),
    );
    await retries.prepare(wanted);
  });

  it('may be one that keeps records for ever, or for longer than they wait', async () => {
    const stamped = { 'message.timestamp.type': 'LogAppendTime' };
    for (const kept of ['-1', '60001']) {
      const name = await topicWith({ ...stamped, 'retention.ms': kept });
      await retries.prepare(wantedOf(await topicWith(), { name }));
    }
  });

  it('hold one record that makes the broker tell its time to a process that has written none, which no reader has', async () => {
    const transport = await bench.open();
    const wanted = wantedOf(await topicWith({}, 2));
    await transport.laterRetries!.prepare(wanted);
    const { name } = wanted;
    const times = await Promise.all(
      Array.from({ length: 5 }, async () => transport.laterRetries!.now()),
    );
    times.push(await transport.laterRetries!.now());
    expect(await bench.end(name)).toEqual(['1', '0']);
    for (const time of times) expect(Math.abs(time - Date.now())).toBeLessThan(MINUTE);

    const group = bench.newName('group');
    const { sink, handle } = await bench.read(transport, { topics: [name], group });
    await until('the position behind it', async () => {
      await handle.flush(Date.now() + MINUTE);
      return (await bench.committed(group, name))[0] === '1';
    });
    await bench.publish(transport, name, ['a', 'b']);
    await until('both records', () => sink.deliveries.length === 2);
    expect(sink.ids.sort()).toEqual(['a', 'b']);
  });

  it('are not of a name that Kafka rejects', async () => {
    const error = await problemOf(retries.prepare(wantedOf(await topicWith(), { name: 'no !' })));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error.message).toContain('retry topic no !');
  });

  describe('of a user with few rights', () => {
    const options = {
      brokers: sharedKafka().bootstrap.saslPlaintext.split(','),
      sasl: { mechanism: 'plain', ...KAFKA_GUEST },
    } as const;
    const right = (operation: kafkajs.AclOperationTypes, topic: string): kafkajs.AclEntry => ({
      ...{ resourceType: AclResourceTypes.TOPIC, resourceName: topic },
      ...{ resourcePatternType: ResourcePatternTypes.LITERAL, host: '*' },
      ...{ principal: `User:${KAFKA_GUEST.username}`, operation },
      permissionType: AclPermissionTypes.ALLOW,
    });
    const allow = (...acl: kafkajs.AclEntry[]) => bench.admin((admin) => admin.createAcls({ acl }));

    it('are not made without the right to create them: the error has the command', async () => {
      const source = await topicWith();
      const { READ, WRITE } = AclOperationTypes;
      await allow(right(READ, source), right(WRITE, `${source}-crm-retry-1m`));
      const guest = (await bench.open(options)).laterRetries!;
      let error = new Error();
      await until('the rights to be known', async () => {
        error = await problemOf(guest.prepare(wantedOf(source)));
        return error.message.includes('kafka-topics.sh');
      });
      expect(error).toBeInstanceOf(ConfigurationError);
      expect(error.message).toContain('the Kafka user is not authorized to create it');
      expect(error.message).toContain(`--create --topic ${source}-crm-retry-1m`);
    });

    it('may not be one that it may not use: the error says so', async () => {
      const source = await topicWith();
      const name = await topicWith({ 'message.timestamp.type': 'LogAppendTime' });
      await allow(right(AclOperationTypes.READ, source));
      const guest = (await bench.open(options)).laterRetries!;
      const error = await problemOf(guest.prepare(wantedOf(source, { name, create: false })));
      expect(error).toBeInstanceOf(ConfigurationError);
      expect(error.message).toContain(`retry topic ${name}`);
    });
  });
});
