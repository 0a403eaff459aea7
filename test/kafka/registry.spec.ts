import { randomUUID } from 'node:crypto';
import { EventBusProducer } from '../../lib/producing/event-bus-producer.js';
import { sharedRegistryUrl } from '../services/shared-kafka.js';
import { type RegistryFault, RegistryProxy } from '../support/registry-proxy.js';
import { waitUntil } from '../support/wait-until.js';
import { KafkaApps, KEYED, upTo } from './support/kafka-apps.js';
import { KafkaWorkbench, statuses } from './support/kafka-workbench.js';

describe('the schema registry of a running application', () => {
  const apps = new KafkaApps();
  const bench = new KafkaWorkbench();
  const proxies: RegistryProxy[] = [];
  afterAll(async () => {
    await apps.close();
    await bench.close();
    await Promise.all(proxies.map((proxy) => proxy.stop()));
  });

  const openProxy = async (): Promise<RegistryProxy> => {
    const proxy = await RegistryProxy.to(sharedRegistryUrl());
    proxies.push(proxy);
    return proxy;
  };

  it.each<[string, RegistryFault]>([
    ['away', { cut: 'before' }],
    ['refusing us with 401', { status: 401 }],
    ['refusing us with 403', { status: 403 }],
    ['overloaded with 503', { status: 503 }],
    ['throttling with 429', { status: 429, headers: { 'retry-after': '1' } }],
    ['too slow', { delayMs: 25_000 }],
  ])(
    '%s at the start and the first new id pauses, shows, settles nothing, and heals (K-14)',
    async (_, fault) => {
      const topic = await bench.topic();
      const group = `registry-${randomUUID()}`;
      const proxy = await openProxy();
      proxy.fail(fault);
      await apps.send(topic, upTo(20));
      const app = await apps.start({
        topic,
        group,
        transport: { schemaRegistry: { url: proxy.url, requestTimeoutMs: 2_000 } },
      });
      await waitUntil(() => app.status.snapshot().state !== 'running', 30_000);
      expect(app.status.snapshot().error?.message).toMatch(/^Schema registry /);
      expect(app.handled).toEqual([]);
      expect(await bench.committed(group, topic)).toEqual(['0']);
      proxy.heal();
      const asked = proxy.requests.length;
      await waitUntil(() => app.handled.length === 20, 60_000);
      expect(app.handled).toEqual(upTo(20));
      expect(proxy.requests.length - asked).toBeLessThanOrEqual(2);
      expect(proxy.requests.map(({ method, path }) => `${method} ${path}`).join()).not.toMatch(
        /PUT|DELETE|config/,
      );
      await waitUntil(() => app.status.snapshot().state === 'running', 30_000);
      expect(app.status.snapshot().counts).toMatchObject({ handled: 20, unusable: 0, failed: 0 });
      await app.close();
    },
  );

  it('an id that the registry twice does not have goes to the failure policy with subject and id, the records around it are handled (K-14)', async () => {
    const [topic, group, id] = [await bench.topic(), `registry-${randomUUID()}`, 2 ** 31 - 2];
    const url = (await openProxy()).url;
    await apps.send(topic, [1]);
    await publish(topic, KEYED.type, id);
    await apps.send(topic, [2]);
    const app = await apps.start({ topic, group, transport: { schemaRegistry: { url } } });
    await waitUntil(() => app.handled.length === 2, 30_000);
    expect(app.handled).toEqual([1, 2]);
    const lines = app.log.matching(
      'Unusable record. The record is acknowledged and will not be redelivered: topic=',
    );
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`schema id ${id}, subject ${topic}-${KEYED.type}.CloudEvent`);
    expect(app.status.snapshot()).toMatchObject({ state: 'running', counts: { unusable: 1 } });
    const asked = proxies.at(-1)!.requests.filter(({ path }) => path.endsWith(`/${id}`));
    expect(asked).toHaveLength(2);
    await app.close();
  });

  it('an id whose subject is missing too, as in a registry that came back empty, pauses, shows, settles nothing, and heals', async () => {
    const [topic, group] = [await bench.topic(), `registry-${randomUUID()}`];
    await publish(topic, KEYED.type, 2 ** 31 - 3);
    const app = await apps.start({ topic, group });
    await waitUntil(() => app.status.snapshot().state === 'degraded', 30_000);
    expect(app.status.snapshot().error?.message).toMatch(
      /^Schema registry: schema id 2147483645, subject .* the registry may have been reset/,
    );
    expect(await bench.committed(group, topic)).toEqual(['0']);
    expect(app.status.snapshot().counts).toMatchObject({ unusable: 0, failed: 0 });
    // Whoever sends next registers the subject; the id stays unknown.
    await apps.send(topic, [1]);
    await waitUntil(() => app.handled.length === 1, 60_000);
    await waitUntil(() => app.status.snapshot().state === 'running', 30_000);
    expect(app.status.snapshot().counts).toMatchObject({ handled: 1, unusable: 1 });
    await app.close();
  });

  it('such an id goes to the failure policy after a time, and one of another event at once', async () => {
    const [topic, group] = [await bench.topic(), `registry-${randomUUID()}`];
    const other = `org.example.tests.other-${randomUUID()}`.replaceAll('-', '_');
    const answer = await fetch(`${sharedRegistryUrl()}/subjects/${other}/versions`, {
      method: 'POST',
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      body: JSON.stringify({
        schema: JSON.stringify({
          ...{ name: 'CloudEvent', type: 'record', namespace: other },
          fields: [{ name: 'data', type: 'string' }],
        }),
      }),
    });
    const { id } = (await answer.json()) as { id: number };
    await publish(topic, KEYED.type, 2 ** 31 - 4);
    await publish(topic, KEYED.type, id);
    const schemaRegistry = { url: sharedRegistryUrl(), missingSubjectTimeoutMs: 1_000 };
    const app = await apps.start({ topic, group, transport: { schemaRegistry } });
    await waitUntil(() => app.status.snapshot().counts.unusable === 2, 60_000);
    const lines = app.log.matching(
      'Unusable record. The record is acknowledged and will not be redelivered: topic=',
    );
    expect(lines[0]).toContain('the record waited for 1 s');
    expect(lines[1]).toContain(`schema id ${id}`);
    expect(lines[1]).toContain(
      `for this id the registry returns the schema of ${other}.CloudEvent, not that of the event`,
    );
    await app.close();
  });

  it('events of an unknown type are skipped without it (B-07)', async () => {
    const [topic, group, proxy] = [
      await bench.topic(),
      `registry-${randomUUID()}`,
      await openProxy(),
    ];
    proxy.fail({ cut: 'before' });
    for (let n = 0; n < 3; n++) await publish(topic, 'org.example.tests.foreign.v1', 1);
    const transport = { schemaRegistry: { url: proxy.url } };
    const app = await apps.start({ topic, group, transport });
    await waitUntil(() => app.status.snapshot().counts.unknownType === 3, 30_000);
    expect(proxy.requests).toEqual([]);
    expect(app.status.snapshot()).toMatchObject({ state: 'running', error: null });
    await app.close();
  });

  it('409 rejects the send with the subject; nothing is on the topic (K-14)', async () => {
    const [topic, proxy] = [await bench.topic(), await openProxy()];
    proxy.fail({ status: 409, match: /^POST / });
    const { app } = await apps.start({
      ...{ topic, group: `registry-${randomUUID()}`, providers: [] },
      transport: { schemaRegistry: { url: proxy.url } },
    });
    const producer = app.get(EventBusProducer, { strict: false });
    await expect(producer.send(KEYED, { n: 1, key: 'k' }, { topic })).rejects.toMatchObject({
      code: 'SEND_FAILED',
      outcomes: [
        {
          status: 'notSent',
          error: { code: 'SCHEMA_REJECTED', subject: `${topic}-${KEYED.type}.CloudEvent` },
        },
      ],
    });
    expect(await bench.end(topic)).toEqual(['0']);
  });

  it('of several URLs one that answers is used, to send and to read (K-14)', async () => {
    const [topic, group, down] = [
      await bench.topic(),
      `registry-${randomUUID()}`,
      await openProxy(),
    ];
    down.fail({ cut: 'before' });
    const url = [down.url, sharedRegistryUrl()];
    const app = await apps.start({ topic, group, transport: { schemaRegistry: { url } } });
    const producer = app.app.get(EventBusProducer, { strict: false });
    await producer.send(KEYED, { n: 1, key: 'k' }, { topic });
    await waitUntil(() => app.handled.length === 1, 30_000);
    expect(down.requests.length).toBeGreaterThan(0);
    expect(app.status.snapshot()).toMatchObject({ state: 'running', error: null });
    await app.close();
  });

  /** A record with a frame that names this schema. */
  async function publish(topic: string, type: string, schemaId: number): Promise<void> {
    const transport = await bench.open();
    const body = Buffer.alloc(8);
    body.writeUInt32BE(schemaId, 1);
    const headers = { ce_type: type, ce_id: randomUUID() };
    const attributes = Object.entries(headers).map(
      ([name, text]) => [name, Buffer.from(text)] as const,
    );
    const record = { topic, key: null, attributes, value: body };
    expect(statuses(await transport.publish([record], Date.now() + 20_000))).toBe('sent');
  }
});
