import { randomUUID } from 'node:crypto';
import { sharedRegistryUrl } from '../services/shared-kafka.js';
import { type RegistryFault, RegistryProxy } from '../support/registry-proxy.js';
import { waitUntil } from '../support/wait-until.js';
import { KafkaApps, upTo } from './support/kafka-apps.js';
import { KafkaWorkbench } from './support/kafka-workbench.js';

describe('the schema registry of a running application', () => {
  const apps = new KafkaApps();
  const bench = new KafkaWorkbench();
  const proxies: RegistryProxy[] = [];
  afterAll(async () => {
    await apps.close();
    await bench.close();
    await Promise.all(proxies.map((proxy) => proxy.stop()));
  });

  it.each<[string, RegistryFault]>([
    ['away', { cut: 'before' }],
    ['refusing us with 401', { status: 401 }],
    ['refusing us with 403', { status: 403 }],
    ['overloaded with 503', { status: 503 }],
  ])(
    '%s at the first new id pauses, shows, settles nothing, and heals (K-14)',
    async (_, fault) => {
      const topic = await bench.topic();
      const group = `registry-${randomUUID()}`;
      const proxy = await RegistryProxy.to(sharedRegistryUrl());
      proxies.push(proxy);
      proxy.fail(fault);
      await apps.send(topic, upTo(20));
      const app = await apps.start({
        topic,
        group,
        transport: { schemaRegistry: { url: proxy.url } },
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
});
