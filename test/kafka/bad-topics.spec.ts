import * as kafkajs from 'kafkajs';
import { EventBusProducer } from '../../lib/producing/event-bus-producer.js';
import { createTopics } from '../services/kafka-topics.js';
import { KAFKA_GUEST } from '../services/kafka-properties.js';
import { sharedKafka } from '../services/shared-kafka.js';
import { until } from '../services/until.js';
import { KafkaApps, KEYED, upTo } from './support/kafka-apps.js';
import { KafkaWorkbench, statuses, textRecord } from './support/kafka-workbench.js';

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = (
  kafkajs as unknown as { default: typeof kafkajs }
).default;
const soon = (ms: number): number => Date.now() + ms;
const LONG = 600_000;

describe('a topic on Kafka that cannot be written to', () => {
  const bench = new KafkaWorkbench();
  const apps = new KafkaApps();
  const noTopics = { allowAutoTopicCreation: false };
  afterAll(async () => {
    await apps.close();
    await bench.close();
  });

  it('does not exist: its events wait and fail alone, those of another topic are confirmed meanwhile, in order', async () => {
    const [good, bad] = [await bench.topic(), bench.newName('missing')];
    const { app, status } = await apps.start({
      ...{ topic: good, group: bench.newName('group'), providers: [], transport: noTopics },
      bus: { sendTimeout: LONG },
    });
    const producer = app.get(EventBusProducer, { strict: false });
    const send = (n: number, topic: string, timeout = LONG) =>
      producer.send(KEYED, { n, key: `key ${n % 5}` }, { topic, keyField: 'key', timeout });
    await send(0, good);
    const missing = upTo(30).map((n) => send(n, bad));
    for (const one of missing) one.catch(() => undefined);
    const offsets: number[] = [];
    // One after the other, so that each would meet the missing topic.
    for (const n of upTo(40)) {
      missing.push(send(30 + n, bad));
      missing.at(-1)!.catch(() => undefined);
      offsets.push(Number((await send(n, good)).receipts[0]!.position!.offset));
    }
    expect(offsets).toEqual(upTo(40));
    await until('the status to say so', () => status.snapshot().state === 'degraded');
    expect(status.snapshot().error!.message).toMatch(new RegExp(`topic does not exist.*${bad}`));
    const other = bench.newName('missing');
    const late = await send(99, other, 2_000).catch((error: unknown) => error);
    expect(late).toMatchObject({
      code: 'SEND_FAILED',
      outcomes: [{ topic: other, status: 'notSent', error: { code: 'SEND_TIMEOUT' } }],
    });
    expect((late as Error).message).toContain('the topic does not exist on the broker');
    // Once it is there, what waits goes, in order.
    await bench.admin((admin) => createTopics(admin, [{ topic: bad }]));
    const places = (await Promise.all(missing)).map((sent) => sent.receipts[0]!.position!.offset);
    expect(places).toEqual(upTo(70).map((n) => String(n - 1)));
    await until('the healing', () => status.snapshot().state === 'running');
  });

  it('and that nobody waits for any more leaves no fault behind', async () => {
    const [good, bad] = [await bench.topic(), bench.newName('missing')];
    const transport = await bench.open(noTopics);
    const states: string[] = [];
    transport.status$.subscribe(({ state }) => states.push(state));
    const outcomes = await Promise.all([
      transport.publish([textRecord(bad, '1')], soon(1_000)),
      bench.publish(transport, good, ['1']),
    ]);
    expect(statuses(outcomes.flat())).toBe('notSent,sent');
    expect(states).toContain('degraded');
    expect(states.at(-1)).toBe('ready');
  });

  it('does not exist: of one call the outcomes of others are told at once, and its own when it is there', async () => {
    const [good, bad] = [await bench.topic(), bench.newName('missing')];
    const transport = await bench.open(noTopics);
    const told: string[] = [];
    const records = [bad, good, bad, good].map((topic, i) => textRecord(topic, `${i}`, 'key'));
    const publishing = transport.publish(records, soon(LONG), (i, { status }) => {
      told.push(`${i} ${status}`);
    });
    await until('the outcomes that are known', () => told.length === 2);
    expect(told).toEqual(['1 sent', '3 sent']);
    expect(statuses(await bench.publish(transport, good, ['5', '6']))).toBe('sent,sent');
    await bench.admin((admin) => createTopics(admin, [{ topic: bad, numPartitions: 2 }]));
    expect(statuses(await publishing)).toBe('sent,sent,sent,sent');
    const { sink } = await bench.read(transport, { topics: [bad], group: null, until: 'end' });
    await until('the end', () => sink.ends.length > 0);
    expect(sink.ids).toEqual(['0', '2']);
  });

  it('may not be written to by our user: its records are refused at once, others are sent', async () => {
    const [good, bad] = [await bench.topic(), await bench.topic()];
    const acl = {
      ...{ resourceType: AclResourceTypes.TOPIC, resourceName: good },
      resourcePatternType: ResourcePatternTypes.LITERAL,
      ...{ principal: `User:${KAFKA_GUEST.username}`, host: '*' },
      ...{ operation: AclOperationTypes.WRITE, permissionType: AclPermissionTypes.ALLOW },
    };
    const see = { ...acl, resourceName: bad, operation: AclOperationTypes.DESCRIBE };
    await bench.admin((admin) => admin.createAcls({ acl: [acl, see] }));
    const hidden = await bench.topic();
    const transport = await bench.open({
      brokers: sharedKafka().bootstrap.saslPlaintext.split(','),
      sasl: { mechanism: 'plain', ...KAFKA_GUEST },
    });
    const records = [good, bad, hidden, good].map((topic, i) => textRecord(topic, `${i}`));
    const outcomes = await transport.publish(records, soon(LONG));
    expect(statuses(outcomes)).toBe('sent,notSent,notSent,sent');
    for (const i of [1, 2])
      expect(outcomes[i]).toMatchObject({
        error: {
          message: expect.stringContaining('the Kafka user is not authorized for this topic'),
        },
      });
    expect(statuses(await bench.publish(transport, good, ['4']))).toBe('sent');
  });

  it('refuses one record of many: that one fails alone', async () => {
    const topic = bench.newName('compacted');
    const configEntries = [{ name: 'cleanup.policy', value: 'compact' }];
    await bench.admin((admin) => createTopics(admin, [{ topic, configEntries }]));
    const transport = await bench.open();
    const records = upTo(40).map((n) => textRecord(topic, `${n}`, n === 17 ? null : `key ${n}`));
    const outcomes = await transport.publish(records, soon(20_000));
    const failed = outcomes.flatMap(({ status }, i) =>
      status === 'sent' ? [] : [`${i} ${status}`],
    );
    expect(failed).toEqual(['16 notSent']);
    expect(await bench.end(topic)).toEqual(['39']);
  });
});
