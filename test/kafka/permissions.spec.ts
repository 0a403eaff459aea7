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
    expect(noGroup).toMatchObject({ code: 'SERVICE_UNAVAILABLE', topic, group });
    expect((noGroup as Error).message).toContain(
      'the Kafka user is not authorized for this consumer group',
    );
    const other = await place();
    await allow(read(AclResourceTypes.GROUP, other.group));
    const noTopic = await apps.start({ ...other, transport }).catch((error: Error) => error);
    expect(noTopic).toMatchObject({ code: 'SERVICE_UNAVAILABLE', ...other });
    expect((noTopic as Error).message).toContain('the Kafka user is not authorized for this topic');
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
    const [before, since] = [loud(), performance.now()];
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    const seconds = (performance.now() - since) / 1_000;
    expect(loud() - before).toBeLessThan(3 * seconds);
    expect(app.handled).toHaveLength(3);
    expect(app.log.lines.join('\n')).toMatch(/not authorized for this topic/);
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
    await forbid(mayRead);
    await until('the fault', () => app.status.snapshot().state === 'degraded', 40_000);
    const states = new Set<string>();
    const began = Date.now();
    await until('a while', () => {
      states.add(app.status.snapshot().state);
      return Date.now() - began > 5_000;
    });
    expect([...states]).toEqual(['degraded']);
    expect(app.log.lines.join('\n')).toMatch(/not authorized for this topic/);
    expect(app.log.matching('lost its subscription')).toEqual([]);
    await allow(mayRead);
    await apps.send(topic, upTo(6, 4));
    await until('the rest', () => app.handled.length === 6, 60_000);
    expect(app.handled).toEqual(upTo(6));
    await until('the healing', () => app.status.snapshot().state === 'running');
  }, 150_000);

  it.each([
    ['seen and not read', AclOperationTypes.DESCRIBE],
    ['neither seen nor read', undefined],
  ])(
    'a topic that may be %s any more holds up no other of its group (K-12)',
    async (_, left) => {
      const { topic: healthy, group } = await place();
      const refused = await bench.topic();
      const mayRead = read(AclResourceTypes.TOPIC, refused);
      const rights = [read(AclResourceTypes.TOPIC, healthy), read(AclResourceTypes.GROUP, group)];
      if (left !== undefined) rights.push(read(AclResourceTypes.TOPIC, refused, left));
      await allow(mayRead, ...rights);
      const user = await bench.open(transport);
      const author = await bench.open();
      let shown = '';
      user.status$.subscribe(({ error }) => (shown = error?.message ?? ''));
      const topics = [healthy, refused];
      const { sink, handle } = await bench.read(user, { topics, group });
      const seen = (topic: string) =>
        sink.deliveries.filter(({ record }) => record.topic === topic).length;
      for (const topic of topics) await bench.publish(author, topic, ['a', 'b']);
      await until('the first records', () => topics.every((topic) => seen(topic) === 2));
      await forbid(mayRead);
      await until('the fault', () => shown.includes('not authorized for this topic'), 40_000);
      await bench.publish(author, refused, ['c']);
      for (let n = 3; n < 8; n++) {
        await bench.publish(author, healthy, ['x']);
        await until('a record of the healthy topic', () => seen(healthy) === n, 10_000);
      }
      await handle.flush(Date.now() + 20_000);
      expect(await bench.committed(group, healthy)).toEqual(['7']);
      expect([seen(refused), sink.ends]).toEqual([2, []]);
      await allow(mayRead);
      await until('the rest', () => seen(refused) === 3, 60_000);
      await until('the healing', () => shown === '', 30_000);
      await handle.stop(Date.now() + 20_000);
      await forbid(mayRead, ...rights);
    },
    150_000,
  );
});
