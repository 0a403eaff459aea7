import { jest } from '@jest/globals';
import { keepIt } from '../../lib/testing/conformance/recording-sink.js';
import { readFile } from 'node:fs/promises';
import { ConfigurationError } from '../../lib/errors/index.js';
import type { RedisTransportOptions } from '../../lib/transport/redis/index.js';
import { leaseKey, readerKey } from '../../lib/transport/redis/leases/lease.js';
import { startRedis, type RedisServer } from '../services/redis.js';
import { launchOf, REDIS_VERSIONS } from '../services/redis-versions.js';
import {
  bodies,
  CLIENTS,
  eventually,
  record,
  RedisWorkbench,
  soon,
} from './support/redis-workbench.js';

const TOPIC = 'dev-login';
const ANY_COMMAND = ['+@all', '&*', `~${TOPIC}*`];

/** The rules of the line in docs/redis.md that begins so. */
async function documentedRules(user: string): Promise<string[]> {
  const page = await readFile('docs/redis.md', 'utf8');
  const line = page.split('\n').find((each) => each.startsWith(`ACL SETUSER ${user} `));
  return line!.split(' ').slice(3);
}

describe.each([
  ['Redis 7.0', '6'],
  ['Redis 6.2', '5'],
  ['Redis 8.2', '6'],
] as const)('a user with few rights, %s, ioredis %s', (version, ioredis) => {
  const client = CLIENTS.find(([name]) => name === ioredis)![1];
  let server: RedisServer;
  let bench: RedisWorkbench;
  const printed: unknown[][] = [];
  const said: { mockRestore(): void }[] = [];

  beforeAll(async () => {
    const other = REDIS_VERSIONS.find(({ name }) => name === version);
    server = await startRedis(other ? { launch: await launchOf(other) } : {});
  }, 300_000);
  afterAll(() => server?.stop());
  beforeEach(() => {
    bench = new RedisWorkbench(server.url);
    printed.length = 0;
    for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const)
      said.push(jest.spyOn(console, method).mockImplementation((...all) => void printed.push(all)));
  });
  afterEach(async () => {
    await bench.redis.flushall();
    await bench.end();
    for (const spy of said.splice(0)) spy.mockRestore();
    expect(printed).toEqual([]);
  });

  async function as(rules: readonly string[], options: RedisTransportOptions = {}) {
    await bench.redis.call('ACL', 'SETUSER', 'service', 'reset', 'on', '>secret', ...rules);
    const url = server.url.replace('//', '//service:secret@');
    return bench.transport({ client, url, pollTimeout: 0.2, pollFailureSleep: 0.1, ...options });
  }
  const read = (transport: Awaited<ReturnType<typeof as>>) =>
    bench.read(transport, { topics: [TOPIC], group: 'crm', member: 'crm-0' });
  const warnings = () => bench.logged.filter((line) => line.includes('Redis'));

  it.each([false, true])(
    'limited to the prefix of the topic sends and consumes (singleActive: %s)',
    async (singleActive) => {
      const transport = await as(ANY_COMMAND, { singleActive });
      const { sink, handle } = await read(transport);
      await transport.publish([record(TOPIC, 1)], soon());
      await eventually(() => sink.deliveries.length === 1, 'the record');
      await handle.stop(soon());
      expect(sink.notices.map(({ kind }) => kind)).toEqual(['start']);
      expect(warnings()).toEqual([]);
    },
  );

  it.each([false, true])(
    'with the documented rights alone sends and consumes (singleActive: %s)',
    async (singleActive) => {
      const transport = await as(await documentedRules('crm-sync'), { singleActive });
      const { sink, handle } = await read(transport);
      await transport.connect(soon());
      const [sent] = await transport.publish([record(TOPIC, 1)], soon());
      expect(sent!.status).toBe('sent');
      await eventually(() => sink.deliveries.length === 1, 'the record');
      await handle.flush(soon());
      expect(await handle.lag()).toEqual([{ source: TOPIC, events: 0, oldest: 0 }]);
      await handle.stop(soon());
      expect(sink.notices.map(({ kind }) => kind)).toEqual(['start']);
      expect(warnings()).toEqual([]);
    },
  );

  it('who only sends does with the documented rights of that', async () => {
    const transport = await as(await documentedRules('crm-sender'));
    await transport.connect(soon());
    const [sent] = await transport.publish([record(TOPIC, 1)], soon());
    expect(sent!.status).toBe('sent');
    expect(warnings()).toEqual([]);
  });

  it.each([
    ['may use the key of the stream only', ['+@all', `~${TOPIC}`]],
    ['may run no script', ['+@all', '-eval', '-evalsha', `~${TOPIC}*`]],
    ['may not SET', ['+@all', '-set', `~${TOPIC}*`]],
  ])('who %s consumes without a lease on its name, with one warning', async (_, rules) => {
    const transport = await as(rules, { claimIdle: 3 });
    const sinks = await Promise.all([
      bench.read(transport, { topics: [TOPIC], group: 'crm', member: 'a', react: keepIt }),
      bench.read(transport, { topics: [TOPIC], group: 'crm', member: 'b', react: keepIt }),
    ]);
    await transport.publish([record(TOPIC, 1)], soon());
    const all = () => sinks.flatMap(({ sink }) => sink.deliveries);
    await eventually(() => all().length === 1, 'the record');
    // Longer than the time after which it would be taken for that of a dead member.
    for (let i = 0; i < 45; i++) {
      all()[0]!.keepAlive();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(all().map(({ signal }) => signal.aborted)).toEqual([false]);
    for (const [i, { sink }] of sinks.entries()) {
      const others = sink.notices.filter(({ kind }) => kind !== 'start');
      expect(others.map(({ kind }) => kind)).toEqual(['nameUnguarded']);
      expect(others[0]!.detail).toContain(
        `EVAL on ${leaseKey(TOPIC, 'crm', 'ab'[i]!)} was rejected`,
      );
    }
    // Without a lease a member counts as alive as long as it asks Redis for something.
    await bench.redis.call('ACL', 'SETUSER', 'service', 'allkeys');
    const owner = sinks[0].sink.deliveries.length === 1 ? 'a' : 'b';
    expect(await transport.admin!.members('crm')).toContain(owner);
  });

  it.each([
    ['keys of the lease', ['+@all', `~${TOPIC}`]],
    ['scripts', ['+@all', '-eval', '-evalsha', `~${TOPIC}*`]],
    ['what the script runs', ['+@all', '-set', `~${TOPIC}*`]],
  ])('with singleActive and no right to %s does not start', async (_, rules) => {
    const refused = read(await as(rules, { singleActive: true }));
    await expect(refused).rejects.toThrow(ConfigurationError);
    await expect(refused).rejects.toThrow(/redisTransport singleActive/);
    await expect(refused).rejects.toThrow(`EVAL on ${readerKey(TOPIC, 'crm')} was rejected`);
  });

  it('hears which command on which key was refused', async () => {
    const writer = await as(['+@all', '~other']);
    const [sent] = await writer.publish([record(TOPIC, 1)], soon());
    expect(sent).toMatchObject({ status: 'notSent', error: { topic: TOPIC } });
    expect((sent as { error: Error }).error.message).toMatch(
      /XADD on dev-login was rejected: NOPERM/,
    );
    const reader = await as(['+@all', '-xreadgroup', `~${TOPIC}*`]);
    const states = bench.states(reader);
    const { sink } = await read(reader);
    await eventually(
      () =>
        /XREADGROUP on dev-login was rejected: NOPERM/.test(states.at(-1)!.error?.message ?? ''),
      'the status to name it',
    );
    // With the right it goes on.
    await bench.redis.call('ACL', 'SETUSER', 'service', '+xreadgroup');
    await bench.redis.xadd(TOPIC, '*', 'event_data', 'x');
    await eventually(() => bodies(sink).length === 1, 'the record');
    expect(bench.logged.join('\n')).not.toContain('secret');
  });

  it('who may not INFO, or has a password where none is wanted, is warned of by the logger', async () => {
    const transport = await as(['+@all', '-info', `~${TOPIC}*`]);
    const { sink } = await read(transport);
    await transport.publish([record(TOPIC, 1)], soon());
    await eventually(() => sink.deliveries.length === 1, 'the record');
    expect(warnings().filter((line) => line.includes('not authorized for INFO'))).toHaveLength(1);
    const url = server.url.replace('//', '//:secret@');
    const needless = await bench.transport({ client, url, redis: { protocol: 2 } });
    await needless.connect(soon());
    expect(warnings().filter((line) => line.includes('does not require one'))).toHaveLength(1);
  });
});
