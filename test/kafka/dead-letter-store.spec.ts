import { readFile } from 'node:fs/promises';
import * as kafkajs from 'kafkajs';
import { ConfigurationError, ServiceUnavailableError } from '../../lib/errors/index.js';
import type {
  DeadLetterStore,
  LetterClosing,
} from '../../lib/transport/dead-letter-store.interface.js';
import type {
  EventTransport,
  OutgoingRecord,
  RecordPosition,
} from '../../lib/transport/transport.interface.js';
import { KAFKA_GUEST } from '../services/kafka-properties.js';
import { createTopics } from '../services/kafka-topics.js';
import { sharedKafka } from '../services/shared-kafka.js';
import { until } from '../services/until.js';
import { KafkaWorkbench, textRecord } from './support/kafka-workbench.js';

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

describe('dead letters in Kafka', () => {
  const bench = new KafkaWorkbench();
  let transport: EventTransport;
  let store: DeadLetterStore;
  beforeAll(async () => {
    transport = await bench.open();
    store = transport.deadLetters!;
  });
  afterAll(() => bench.close());

  async function source(partitions = 3, config: Record<string, string> = {}): Promise<string> {
    const topic = bench.newName('source');
    const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
    const wanted = { topic, numPartitions: partitions, configEntries };
    await bench.admin((admin) => createTopics(admin, [wanted]));
    return topic;
  }
  async function letterTopic(config: Record<string, string>): Promise<string> {
    return source(1, config);
  }
  const wantedOf = (of: string, more = {}) => ({
    ...{ name: `${of}-dlq`, source: of, create: true, retentionMs: null },
    ...more,
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
  async function partitions(topic: string): Promise<number> {
    return (await bench.end(topic)).length;
  }
  async function write(topic: string, ids: readonly string[], partition = 0) {
    const records = ids.map((id): OutgoingRecord => {
      return { ...textRecord(topic, id, id), untrimmed: true, partition };
    });
    const outcomes = await transport.publish(records, Date.now() + 20_000);
    return outcomes.map((outcome): RecordPosition => {
      if (outcome.status !== 'sent') throw outcome.error;
      return outcome.receipt.position!;
    });
  }
  async function open(topic: string, of = store): Promise<string[]> {
    const found: string[] = [];
    for await (const { record } of of.open(topic))
      found.push(record.key === null ? 'no key' : Buffer.from(record.key).toString());
    return found;
  }
  const problemOf = (made: Promise<unknown>): Promise<Error> =>
    made.then(
      () => new Error('it succeeded'),
      (error: Error) => error,
    );
  const discarding = (position: RecordPosition): LetterClosing => ({
    ...{ position, letterId: 'id', action: 'discarded', by: 'tester', at: 1_700_000_000_000 },
  });

  it('are given a topic like that of the source', async () => {
    const of = await source(5, { 'max.message.bytes': '2000000' });
    await store.prepare(wantedOf(of, { retentionMs: 86_400_000 }));
    expect(await partitions(`${of}-dlq`)).toBe(5);
    expect(await settings(`${of}-dlq`)).toEqual({
      'cleanup.policy': 'delete',
      'max.message.bytes': '2016384',
      'retention.ms': '86400000',
      'retention.bytes': '-1',
      'message.timestamp.type': 'LogAppendTime',
    });
  });

  it('are kept for ever where no retention is set', async () => {
    const of = await source(1);
    await store.prepare(wantedOf(of));
    expect((await settings(`${of}-dlq`))['retention.ms']).toBe('-1');
  });

  it('get one topic when five members make it at once', async () => {
    const of = await source(3);
    const members = await Promise.all(Array.from({ length: 5 }, () => bench.open()));
    await Promise.all(members.map((member) => member.deadLetters!.prepare(wantedOf(of))));
    expect(await partitions(`${of}-dlq`)).toBe(3);
  });

  it('get no topic that nobody wants: the error has the command that makes it', async () => {
    const of = await source(4);
    const error = await problemOf(store.prepare(wantedOf(of, { create: false })));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error.message).toContain(
      `kafka-topics.sh --bootstrap-server ${bench.brokers.join(',')} --create --topic ${of}-dlq --partitions 4 --config cleanup.policy=delete --config retention.ms=-1`,
    );
    const there = await bench.admin((admin) => admin.listTopics());
    expect(there).not.toContain(`${of}-dlq`);
  });

  it('get no topic of a name that Kafka rejects', async () => {
    const of = await source(1);
    const error = await problemOf(store.prepare(wantedOf(of, { name: 'no topic!' })));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error.message).toContain('no topic!');
  });

  it.each([
    [{ 'cleanup.policy': 'compact' }, 'cleanup.policy=delete'],
    [{ 'cleanup.policy': 'compact,delete' }, 'cleanup.policy=delete'],
    [{ 'retention.bytes': '1000000' }, 'retention.bytes=-1'],
    [{ 'max.message.bytes': '5000' }, 'max.message.bytes=1064972'],
    [
      { 'cleanup.policy': 'compact', 'retention.bytes': '5', 'max.message.bytes': '5000' },
      'cleanup.policy=delete,retention.bytes=-1,max.message.bytes=1064972',
    ],
  ])('are not kept in a topic with %j: the error has the cure', async (config, cure) => {
    const name = await letterTopic(config);
    const error = await problemOf(store.prepare(wantedOf(await source(1), { name })));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect((error as ConfigurationError).problems).toHaveLength(Object.keys(config).length);
    expect(error.message).toContain(
      `kafka-configs.sh --bootstrap-server ${bench.brokers.join(',')} --alter --entity-type topics --entity-name ${name} --add-config ${cure}`,
    );
  });

  it('are kept in a topic with fewer partitions than the source', async () => {
    const name = await letterTopic({});
    await store.prepare(wantedOf(await source(6), { name }));
    await write(name, ['a'], 5);
    expect(await open(name)).toEqual(['a']);
  });

  it('say by their outcome that they are too large', async () => {
    const of = await source(1, { 'max.message.bytes': '5000' });
    const small = textRecord(of, 'small');
    const large = { ...textRecord(of, 'large'), value: Buffer.alloc(100_000) };
    const outcomes = await transport.publish([small, large, small], Date.now() + 20_000);
    expect(outcomes.map(({ status }) => status)).toEqual(['sent', 'notSent', 'sent']);
    expect(outcomes[1]).toMatchObject({
      tooLarge: true,
      error: expect.any(ServiceUnavailableError),
    });
  });

  it('and records about them that nobody can understand cause one warning, and nothing else', async () => {
    const of = await source(1);
    await store.prepare(wantedOf(of));
    const name = `${of}-dlq`;
    await write(name, ['a', 'b']);
    const nonsense: OutgoingRecord = {
      ...{ topic: name, key: null, value: Buffer.from('{"offset":0}') },
      attributes: [['openedx.dlq.record', Buffer.from('closing')]],
    };
    await transport.publish([nonsense, nonsense], Date.now() + 20_000);
    expect(await open(name)).toEqual(['a', 'b']);
    const about = bench.lines.filter((line) => line.includes('openedx.dlq.record'));
    expect(about).toEqual([
      `[workbench] Kafka: the record at ${name}[0], offset 2, is ignored, because it cannot be read. Its header openedx.dlq.record says that it reserves, releases or closes dead letters, but another program may have written it. Further such records within a minute are not logged`,
    ]);
  });

  it('that were dropped by the broker are passed over', async () => {
    const of = await source(1);
    await store.prepare(wantedOf(of));
    const topic = `${of}-dlq`;
    const positions = await write(topic, ['a', 'b', 'c', 'd']);
    expect(await open(topic)).toEqual(['a', 'b', 'c', 'd']);
    await store.close(topic, [discarding(positions[0]!)], 'one');
    await bench.admin(async (admin) => {
      await admin.fetchTopicMetadata({ topics: [topic] });
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '2' }] });
    });
    expect(await open(topic)).toEqual(['c', 'd']);
    const closings: LetterClosing[] = [];
    for await (const closing of store.closings(topic)) closings.push(closing);
    expect(closings).toEqual([discarding(positions[0]!)]);
  });

  it('of another topic of the same name have nothing to do with those before', async () => {
    const of = await source(1);
    await store.prepare(wantedOf(of));
    const topic = `${of}-dlq`;
    const positions = await write(topic, ['a', 'b']);
    await store.claim(topic, positions, 'one', 60_000);
    await store.close(topic, [discarding(positions[0]!)], 'one');
    await bench.admin((admin) => admin.deleteTopics({ topics: [topic] }));
    await until('the topic to be gone', async () => {
      for await (const { position } of store.open(topic)) if (position) return false;
      return true;
    });
    await store.prepare(wantedOf(of));
    const again = await write(topic, ['c', 'd', 'e', 'f', 'g']);
    expect(await open(topic)).toEqual(['c', 'd', 'e', 'f', 'g']);
    expect(await store.claim(topic, again, 'other', 60_000)).toEqual(again);
  });

  it('are reserved by a claim of a hundred with one record and one short read', async () => {
    const of = await source(1);
    await store.prepare(wantedOf(of));
    const topic = `${of}-dlq`;
    const positions = await write(
      topic,
      Array.from({ length: 100 }, (_, i) => `letter-${i}`),
    );
    await open(topic);
    expect(await store.claim(topic, positions, 'one', 60_000)).toEqual(positions);
    expect(await bench.end(topic)).toEqual(['101']);
  });

  it('are not reserved where position names another topic, a partition that is not there or no offset', async () => {
    const of = await source(1);
    await store.prepare(wantedOf(of));
    const topic = `${of}-dlq`;
    const [position] = (await write(topic, ['a'])) as [RecordPosition];
    const strange = [
      { ...position, topic: of },
      { ...position, partition: '7' },
      { ...position, partition: '-1' },
      { ...position, offset: 'first' },
    ];
    expect(await store.claim(topic, strange, 'one', 60_000)).toEqual([]);
    await store.close(topic, strange.map(discarding), 'one');
    expect(await bench.end(topic)).toEqual(['1']);
  });

  describe('of a user with few rights', () => {
    const guest = {
      brokers: sharedKafka().bootstrap.saslPlaintext.split(','),
      sasl: { mechanism: 'plain', ...KAFKA_GUEST },
    } as const;
    const allow = (topic: string, ...operations: (keyof typeof AclOperationTypes)[]) =>
      bench.admin((admin) =>
        admin.createAcls({
          acl: operations.map((operation) => ({
            ...{ resourceType: AclResourceTypes.TOPIC, resourceName: topic },
            ...{ resourcePatternType: ResourcePatternTypes.LITERAL, host: '*' },
            ...{ principal: `User:${KAFKA_GUEST.username}` },
            ...{ operation: AclOperationTypes[operation] },
            ...{ permissionType: AclPermissionTypes.ALLOW },
          })),
        }),
      );
    /** The operations of the line of docs/kafka.md about the topic. */
    const documented = async (topic: string): Promise<(keyof typeof AclOperationTypes)[]> => {
      const page = await readFile('docs/kafka.md', 'utf8');
      const line = page.split('\n').find((one) => one.includes(`--topic ${topic} --operation`))!;
      const names: Record<string, keyof typeof AclOperationTypes> = {
        ...{ Write: 'WRITE', Read: 'READ', Create: 'CREATE', DescribeConfigs: 'DESCRIBE_CONFIGS' },
      };
      return [...line.matchAll(/--operation (\w+)/g)].map(([, name]) => names[name!]!);
    };

    it('are kept with the documented rights alone', async () => {
      const of = await source(2, { 'max.message.bytes': '2000000' });
      await allow(`${of}-dlq`, ...(await documented('dev-login-crm-sync-dlq')));
      await allow(of, 'READ', ...(await documented('dev-login')));
      const user = await bench.open(guest);
      await until('the rights to be known', () =>
        user.deadLetters!.prepare(wantedOf(of)).then(
          () => true,
          () => false,
        ),
      );
      expect((await settings(`${of}-dlq`))['max.message.bytes']).toBe('2016384');
      const [position] = (await write(`${of}-dlq`, ['a'])) as [RecordPosition];
      expect(await open(`${of}-dlq`, user.deadLetters)).toEqual(['a']);
      await user.deadLetters!.claim(`${of}-dlq`, [position], 'guest', 60_000);
      await user.deadLetters!.close(`${of}-dlq`, [discarding(position)], 'guest');
      expect(await open(`${of}-dlq`)).toEqual([]);
    });

    it('are kept in a topic that is there without the right to see settings', async () => {
      const of = await source(1);
      await store.prepare(wantedOf(of));
      await allow(`${of}-dlq`, 'WRITE', 'READ');
      await allow(of, 'READ');
      const user = await bench.open(guest);
      await until('the rights to be known', () =>
        user.deadLetters!.prepare(wantedOf(of)).then(
          () => true,
          () => false,
        ),
      );
    });

    it('get no topic without the right to create it: the error has the command', async () => {
      const of = await source(1);
      await allow(of, 'READ');
      await allow(`${of}-dlq`, 'WRITE');
      const user = await bench.open(guest);
      let error = new Error();
      await until('the rights to be known', async () => {
        error = await problemOf(user.deadLetters!.prepare(wantedOf(of)));
        return error.message.includes('kafka-topics.sh');
      });
      expect(error).toBeInstanceOf(ConfigurationError);
      expect(error.message).toContain('is not authorized to create it');
    });

    it('are not kept in a topic that it may not use: the error says so', async () => {
      const of = await source(1);
      await store.prepare(wantedOf(of));
      const user = await bench.open(guest);
      const error = await problemOf(user.deadLetters!.prepare(wantedOf(of)));
      expect(error).toBeInstanceOf(ConfigurationError);
      expect(error.message).toContain('is not authorized for this topic');
    });
  });
});
