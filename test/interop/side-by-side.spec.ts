import { randomUUID } from 'node:crypto';
import { sharedRedisUrl } from '../services/shared-services.js';
import { until } from '../services/until.js';
import { startInboxApp, type InboxApp } from './inbox-app.js';
import { PythonDriver } from './python-driver.js';

const TYPES = [
  'org.openedx.learning.auth.session.login.completed.v1',
  'org.openedx.learning.student.registration.completed.v1',
] as const;
const COUNT = 40;
const PREFIX = 'dev';

describe('a Python service and a Nest service on one topic with an environment prefix', () => {
  const topic = `side-by-side-${randomUUID()}`;
  let consumer: PythonDriver;
  let producer: PythonDriver;
  let app: InboxApp;

  beforeAll(async () => {
    [consumer, producer, app] = await Promise.all([
      PythonDriver.start('consume.py', sharedRedisUrl(), topic, 'python', PREFIX),
      PythonDriver.start('produce.py', sharedRedisUrl(), PREFIX),
      startInboxApp({ topic, group: 'nest', bus: { topicPrefix: PREFIX } }),
    ]);
    await consumer.lines(1);
  }, 60_000);
  afterAll(async () => {
    consumer?.kill();
    producer?.kill();
    await app?.close();
  });

  it('each in a group of its own receives every event of both, of every type, in the same order (I-02)', async () => {
    const ids = Array.from({ length: COUNT }, () => randomUUID());
    for (const [index, id] of ids.entries()) {
      const data = {
        user: { id: index, is_active: true, pii: { username: 'ann', email: 'a@example.org' } },
      };
      const type = TYPES[(index >> 1) % 2]!;
      if (index % 2) await app.producer.send(type, data, { topic, metadata: { id } });
      else producer.write([{ topic, type, data, metadata: { id } }]);
    }
    await producer.lines(COUNT / 2);
    const python = (await consumer.lines(COUNT + 1)).slice(1);
    await until('our events', () => app.received.length >= COUNT);

    const seen = python.map((line) => line.metadata.id);
    expect(app.received.map((event) => event.metadata.id)).toEqual(seen);
    expect([...seen].sort()).toEqual([...ids].sort());
    expect(app.received.map((event) => event.type)).toEqual(python.map((line) => line.type));
    expect(new Set(python.map((line) => line.type))).toEqual(new Set(TYPES));
    expect(app.complaints).toEqual([]);
    expect(new Set(app.received.map((event) => event.stream))).toEqual(
      new Set([`${PREFIX}-${topic}`]),
    );
  });
});
