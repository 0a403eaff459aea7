import { readFile } from 'node:fs/promises';
import * as kafkajs from 'kafkajs';
import { KAFKA_GUEST } from '../services/kafka-properties.js';
import { sharedKafka } from '../services/shared-kafka.js';
import { until } from '../services/until.js';
import { type KafkaApp, KafkaApps, upTo } from './support/kafka-apps.js';
import { KafkaWorkbench } from './support/kafka-workbench.js';

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = (
  kafkajs as unknown as { default: typeof kafkajs }
).default;

describe('what a user may do on Kafka', () => {
  const bench = new KafkaWorkbench();
  const apps = new KafkaApps();
  const transport = {
    brokers: sharedKafka().bootstrap.saslPlaintext.split(','),
    sasl: { mechanism: 'plain', ...KAFKA_GUEST },
  } as const;
  const place = async () => ({ topic: await bench.topic(), group: bench.newName('group') });
  const read = (
    resourceType: kafkajs.AclResourceTypes,
    resourceName: string,
    operation = AclOperationTypes.READ,
  ) => ({
    ...{ resourceType, resourceName, resourcePatternType: ResourcePatternTypes.LITERAL },
    ...{ principal: `User:${KAFKA_GUEST.username}`, host: '*' },
    ...{ operation, permissionType: AclPermissionTypes.ALLOW },
  });
  const allow = (...acl: kafkajs.AclEntry[]) => bench.admin((admin) => admin.createAcls({ acl }));
  const forbid = (...filters: kafkajs.AclEntry[]) =>
    bench.admin((admin) => admin.deleteAcls({ filters }));
  /** Of three events, so that none comes again when the right is gone. */
  const handledAndCommitted = async (app: KafkaApp, topic: string, group: string) => {
    await until('the first events', () => app.handled.length === 3);
    await until('their commit', async () => (await bench.committed(group, topic))[0] === '3');
  };
  afterAll(async () => {
    await apps.close();
    await bench.close();
  });

  /** The rules of docs/kafka.md, about these topics and this group. */
  const documented = async (names: Record<string, string>): Promise<kafkajs.AclEntry[]> => {
    const page = await readFile('docs/kafka.md', 'utf8');
    const rule = /^kafka-acls.sh --add .* --operation (\w+) --(topic|group) (\S+)$/gm;
    return [...page.matchAll(rule)].map(([, operation, kind, name]) =>
      read(
        kind === 'topic' ? AclResourceTypes.TOPIC : AclResourceTypes.GROUP,
        names[name!]!,
        AclOperationTypes[operation!.toUpperCase() as 'READ'],
      ),
    );
  };

  it('the documented rights, and none less, are enough to send and to consume', async () => {
    const { topic, group } = await place();
    const other = await bench.topic();
    const rules = await documented({
      'dev-crm-note': other,
      'dev-login': topic,
      'crm-sync': group,
    });
    expect(rules).toHaveLength(3);
    const user = await bench.open(transport);
    const send = async () => (await bench.publish(user, other, ['x']))[0]!.status;
    await allow(...rules.slice(1));
    expect(await send()).toBe('notSent');
    await allow(rules[0]!);
    await until('the right to be known', async () => (await send()) === 'sent');
    const { sink, handle } = await bench.read(user, { topics: [topic], group });
    await bench.publish(await bench.open(), topic, ['a', 'b']);
    await until('the records', () => sink.deliveries.length === 2);
    await handle.flush(Date.now() + 20_000);
    expect(await bench.committed(group, topic)).toEqual(['2']);
    expect(await handle.lag()).toMatchObject([{ events: 0 }]);
    await handle.stop(Date.now() + 20_000);
    // What the next tests show: without the right to topic or group nothing is read.
    await forbid(...rules);
  });

  it('without the right to the group, or to the topic, the application does not start and says which (K-12)', async () => {
    const { topic, group } = await place();
    await allow(read(AclResourceTypes.TOPIC, topic));
    const noGroup = await apps.start({ topic, group, transport }).catch((error: Error) => error);
    expect(noGroup).toMatchObject({ code: 'SERVICE_FAULT', topic, group });
    expect((noGroup as Error).message).toContain('our user may not use this consumer group');
    const other = await place();
    await allow(read(AclResourceTypes.GROUP, other.group));
    const noTopic = await apps.start({ ...other, transport }).catch((error: Error) => error);
    expect(noTopic).toMatchObject({ code: 'SERVICE_FAULT', ...other });
    expect((noTopic as Error).message).toContain('our user may not use this topic');
    for (const error of [noGroup, noTopic])
      expect(`${(error as Error).stack} ${String((error as Error).cause)}`).not.toContain(
        KAFKA_GUEST.password,
      );
  });

  it('a right that is withdrawn while it consumes stops it visibly, without a loop; given back, it goes on (K-12)', async () => {
    const { topic, group } = await place();
    const rights = [read(AclResourceTypes.TOPIC, topic), read(AclResourceTypes.GROUP, group)];
    await allow(...rights);
    const app = await apps.start({ topic, group, transport });
    await apps.send(topic, upTo(3));
    await handledAndCommitted(app, topic, group);
    await forbid(rights[0]!);
    await until('the fault', () => app.status.snapshot().state === 'degraded', 40_000);
    await apps.send(topic, upTo(6, 4));
    const loud = () => app.log.lines.filter((line) => !line.startsWith('debug')).length;
    const before = loud();
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    expect(loud() - before).toBeLessThan(12);
    expect(app.handled).toHaveLength(3);
    expect(app.log.lines.join('\n')).toMatch(/may not use this topic/);
    await allow(rights[0]!);
    await until('the rest', () => app.handled.length === 6, 60_000);
    expect(app.handled).toEqual(upTo(6));
    await until('the healing', () => app.status.snapshot().state === 'running');
    expect(app.log.lines.join('\n')).not.toContain(KAFKA_GUEST.password);
  }, 150_000);

  it('a topic that may be seen and not read: degraded throughout, tried ever more seldom; once it may be read, it goes on (K-12)', async () => {
    const { topic, group } = await place();
    const mayRead = read(AclResourceTypes.TOPIC, topic);
    const maySee = read(AclResourceTypes.TOPIC, topic, AclOperationTypes.DESCRIBE);
    await allow(mayRead, maySee, read(AclResourceTypes.GROUP, group));
    const app = await apps.start({ topic, group, transport });
    await apps.send(topic, upTo(3));
    await handledAndCommitted(app, topic, group);
    const losses = () => app.log.matching('lost its subscription').length;
    const states = new Set<string>();
    await forbid(mayRead);
    await until('the first loss', () => losses() > 0);
    const began = Date.now();
    const isLostAgain = () => {
      if (losses() > 1) states.add(app.status.snapshot().state);
      return losses() >= 5;
    };
    await until('further ones', isLostAgain, 60_000);
    // At least half of 0.5, 1 and 2 s.
    expect(Date.now() - began).toBeGreaterThan(1_750);
    expect([...states]).toEqual(['degraded']);
    await allow(mayRead);
    await apps.send(topic, upTo(6, 4));
    await until('the rest', () => app.handled.length === 6, 60_000);
    expect(app.handled).toEqual(upTo(6));
    await until('the healing', () => app.status.snapshot().state === 'running');
  }, 150_000);
});
