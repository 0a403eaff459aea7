import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { sharedRedisUrl } from '../services/shared-services.js';
import { SERIALIZABLE_TYPES } from './catalogue.js';
import { eventSamples, type Samples } from './event-samples.js';
import { startInboxApp, type InboxApp } from './inbox-app.js';
import { untag } from './plain-json.js';
import { PythonDriver } from './python-driver.js';

describe('what our producer sends', () => {
  const run = randomUUID();
  const ours = `nest-to-python-${run}`;
  const theirs = `python-to-python-${run}`;
  let samples: Samples;
  let app: InboxApp;
  let redis: Redis;
  let fromUs: readonly any[];
  let fromPython: readonly any[];
  let consumers: PythonDriver[] = [];

  beforeAll(async () => {
    redis = new Redis(sharedRedisUrl());
    samples = await eventSamples();
    const [python] = await Promise.all([
      PythonDriver.start('produce.py', sharedRedisUrl()),
      startInboxApp({}).then((started) => (app = started)),
    ]);
    python.write(samples.events.map((event) => ({ topic: theirs, ...event })));
    await Promise.all([
      python.end(60_000),
      ...samples.events.map((event) =>
        app.producer.send<any>(event.type, untag(event.data), {
          topic: ours,
          metadata: event.metadata,
        }),
      ),
    ]);
    consumers = await Promise.all(
      [ours, theirs].map((topic) => PythonDriver.start('consume.py', sharedRedisUrl(), topic, 'g')),
    );
    [fromUs, fromPython] = (await Promise.all(
      consumers.map((consumer) => consumer.lines(samples.events.length + 1)),
    )) as [readonly any[], readonly any[]];
  }, 120_000);
  afterAll(async () => {
    for (const consumer of consumers) consumer.kill();
    await app?.close();
    redis?.disconnect();
  });

  it('is on the stream byte for byte as Python writes it, field by field, in order', async () => {
    const [our, their] = (await Promise.all(
      [ours, theirs].map((stream) => redis.xrangeBuffer(stream, '-', '+')),
    )) as [[Buffer, Buffer[]][], [Buffer, Buffer[]][]];
    expect(our).toHaveLength(samples.events.length);
    const hex = (entries: [Buffer, Buffer[]][]) =>
      entries.map(([, fields]) => fields.map((field) => field.toString('hex')));
    expect(hex(our)).toEqual(hex(their));
  });

  it.each(SERIALIZABLE_TYPES)('%s: Python receives what it receives from itself', (type) => {
    const us = fromUs.filter((line) => line.type === type);
    expect(us.length).toBeGreaterThanOrEqual(3);
    expect(us).toEqual(fromPython.filter((line) => line.type === type));
  });

  it('reaches Python with nothing refused', () => {
    expect(fromUs.filter((line) => line.error)).toEqual([]);
    expect(fromUs[0]).toEqual({ ready: true });
    expect(fromUs.slice(1).map((line) => line.metadata.id)).toEqual(
      samples.events.map((event) => event.metadata.id),
    );
  });

  it('carries the metadata that it made up itself, time to the microsecond', async () => {
    const topic = `nest-defaults-${run}`;
    const before = Date.now();
    const data = {
      user: { id: 1, is_active: true, pii: { username: 'ann', email: 'a@example.org' } },
    };
    const { id, type } = await app.producer.send(
      'org.openedx.learning.auth.session.login.completed.v1',
      data,
      { topic },
    );
    const consumer = await PythonDriver.start('consume.py', sharedRedisUrl(), topic, 'g');
    consumers.push(consumer);
    const [, line] = await consumer.lines(2);
    expect(line.metadata).toMatchObject({
      ...{ event_type: type, id, minorversion: 0, source: 'openedx/interop/web' },
      sourcelib: [11, 2, 0],
    });
    expect(line.metadata.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?\+00:00$/);
    expect(Date.parse(line.metadata.time)).toBeGreaterThanOrEqual(before - 1);
    expect(Date.parse(line.metadata.time)).toBeLessThanOrEqual(Date.now() + 1);
    expect(line.data.user.pii).toEqual({ username: 'ann', email: 'a@example.org', name: '' });
  });
});
