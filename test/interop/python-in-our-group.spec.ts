import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { redisTransport } from 'nestjs-openedx-event-bus/redis';
import { sharedRedisUrl } from '../services/shared-services.js';
import { until } from '../services/until.js';
import { startInboxApp, type InboxApp } from './inbox-app.js';
import { PythonDriver } from './python-driver.js';

const TYPE = 'org.openedx.learning.auth.session.login.completed.v1';
const UNREAD = 7;

describe('a Python consumer that is started in our group, which moves it to the end', () => {
  const topic = `intruder-${randomUUID()}`;
  let app: InboxApp;
  let redis: Redis;
  let python: PythonDriver;
  let hold: () => void;
  let held: Promise<void>;

  beforeAll(async () => {
    redis = new Redis(sharedRedisUrl());
    held = new Promise((resolve) => (hold = resolve));
    app = await startInboxApp({
      topic,
      group: 'shared',
      take: () => held,
      bus: {
        maxInFlight: 1,
        transport: redisTransport({
          ...{ url: sharedRedisUrl(), consumerName: 'nest' },
          ...{ pollTimeout: 0.1, claimIdle: 2 },
        }),
      },
    });
  }, 60_000);
  afterAll(async () => {
    hold?.();
    python?.kill();
    await app?.close();
    redis?.disconnect();
  });

  const send = async (count: number): Promise<string[]> => {
    const ids = Array.from({ length: count }, () => randomUUID());
    for (const [n, id] of ids.entries()) {
      const pii = { username: 'ann', email: 'a@example.org' };
      const data = { user: { id: n, is_active: true, pii } };
      await app.producer.send(TYPE, data, { topic, metadata: { id } });
    }
    return ids;
  };
  const received = (): string[] => app.received.map(({ metadata }) => metadata.id);

  it('is reported with place and number, what it skipped is not handled, and both go on (R-02)', async () => {
    const before = await send(1 + UNREAD);
    // One is with the handler, one was fetched behind it.
    const pending = async (): Promise<number> => Number((await redis.xpending(topic, 'shared'))[0]);
    await until('what we fetch', async () => (await pending()) === 2);
    const [last] = (await redis.xrevrange(topic, '+', '-', 'COUNT', 1))[0]!;
    python = await PythonDriver.start('consume.py', '--at-end', sharedRedisUrl(), topic, 'shared');
    await python.lines(1);

    hold();
    const complaint = (about: string): string | undefined =>
      app.complaints.find((line) => line.includes(about));
    const alarm = (): string | undefined => complaint('was changed by another program');
    await until('the alarm', () => alarm() !== undefined, 20_000);
    for (const part of ['shared', topic, `(${UNREAD - 1} records)`, `to ${last}`])
      expect(alarm()).toContain(part);

    const after: string[] = [];
    await until('the stranger', async () => {
      after.push(...(await send(4)));
      return complaint('not from this package') !== undefined;
    });
    const byPython = (): string[] =>
      python.printed.flatMap((line) => (line as { metadata?: { id: string } }).metadata?.id ?? []);
    const handled = (): string[] => [...received(), ...byPython()];
    await until('all later events', () => handled().length >= 2 + after.length, 30_000);
    expect(handled().sort()).toEqual([...before.slice(0, 2), ...after].sort());
    expect(app.complaints.join('\n')).not.toContain('ann');
  });
});
