import { inspect } from 'node:util';
import { Redis } from 'ioredis';
import type { RedisTransportOptions } from '../../lib/transport/redis/index.js';
import { startRedisCluster } from '../services/redis-cluster.js';
import { type RedisServer, startRedis } from '../services/redis.js';
import {
  bodies,
  CLIENTS,
  eventually,
  record,
  RedisWorkbench,
  soon,
} from './support/redis-workbench.js';

const [OLD, NEW] = ['first-secret', 'second-secret'];
const QUICK: RedisTransportOptions = { pollTimeout: 0.2, pollFailureSleep: 0.1 };

describe.each(CLIENTS)('credentials that an application gives, ioredis %s', (name, client) => {
  let server: RedisServer;
  let admin: Redis;
  let bench: RedisWorkbench;
  let asked = 0;
  let password = OLD;

  beforeAll(async () => {
    server = await startRedis();
    admin = new Redis(server.url);
  });
  afterAll(async () => {
    admin.disconnect();
    await server.stop();
  });
  beforeEach(() => {
    asked = 0;
    bench = new RedisWorkbench(server.url);
  });
  afterEach(() => bench.end());

  const setPassword = async (next: string): Promise<void> => {
    password = next;
    const rules = ['reset', 'on', `>${next}`, '~*', '&*', '+@all'];
    await admin.call('ACL', 'SETUSER', 'service', ...rules);
  };
  const endConnections = () => admin.call('CLIENT', 'KILL', 'USER', 'service');
  const credentialsProvider = async () => {
    asked++;
    await new Promise((resolve) => setTimeout(resolve, 5));
    return { username: 'service', password };
  };
  const states = (all: { state: string }[]) => all.map(({ state }) => state);

  it.each(name === '5' ? [2] : [2, 3])(
    'are asked for at each new connection, so that it goes on when they were rotated (RESP%d)',
    async (protocol) => {
      await setPassword(OLD);
      const redis = { protocol };
      const transport = await bench.transport({ ...QUICK, client, redis, credentialsProvider });
      await transport.connect(soon());
      const { sink } = await bench.read(transport);
      await bench.publish(transport, 1);
      await eventually(() => sink.deliveries.length === 1, 'the first record');
      const before = asked;
      expect(before).toBeGreaterThanOrEqual(3);

      await setPassword(NEW);
      await endConnections();
      await eventually(async () => {
        const [sent] = await transport.publish([record(bench.topic, 2)], soon(2_000));
        return sent!.status === 'sent';
      }, 'a send with the new password');
      await eventually(() => bodies(sink).includes('2'), 'the second record');
      expect(asked).toBeGreaterThanOrEqual(before + 3);
      expect(bench.logged.join()).not.toMatch(/-secret/);
    },
    30_000,
  );

  it('win over those of the URL, and may have no user', async () => {
    const locked = await startRedis({ password: OLD });
    try {
      const url = locked.url.replace(OLD, 'of-the-url');
      const provider = () => ({ password: OLD });
      const options = { ...QUICK, client, url, credentialsProvider: provider };
      const transport = await bench.transport(options);
      await transport.connect(soon());
      expect(states(bench.states(transport))).toEqual(['ready']);
    } finally {
      await bench.end();
      await locked.stop();
    }
  });

  it.each<[string, () => never, RegExp]>([
    [
      'throws',
      () => {
        throw Object.assign(new TypeError(`no ${OLD}`), { token: OLD });
      },
      /the application's credentialsProvider failed \(an object of class TypeError/,
    ],
    [
      'rejects',
      () => Promise.reject(new Error(`no ${OLD}`)) as never,
      /the application's credentialsProvider failed \(an object of class Error/,
    ],
    ['gives nothing', () => undefined as never, /did not return \{ username, password \}/],
    [
      'gives something else',
      () => ({ username: OLD, password: 4 }) as never,
      /did not return \{ username, password \}/,
    ],
  ])('fail the start, without a secret, where the function %s', async (_, provider, said) => {
    const options = { ...QUICK, client, credentialsProvider: provider };
    const transport = await bench.transport(options);
    const error: unknown = await transport.connect(soon(400)).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'CONNECT_FAILED', message: expect.stringMatching(said) });
    const deep = { depth: 20, showHidden: true };
    expect(inspect([error, transport], deep) + bench.logged.join()).not.toContain(OLD);
  });

  it('are asked for again until the function gives some', async () => {
    await setPassword(OLD);
    let failures = 0;
    const provider = () => {
      if (failures++ < 3) throw new Error('the service of tokens is away');
      return { username: 'service', password };
    };
    const transport = await bench.transport({ ...QUICK, client, credentialsProvider: provider });
    await transport.connect(soon());
    await bench.publish(transport, 1);
  });

  it('connect no client that was closed meanwhile', async () => {
    let give: (credentials: { password: string }) => void = () => undefined;
    const provider = () => new Promise<{ password: string }>((resolve) => (give = resolve));
    const transport = await bench.transport({ ...QUICK, client, credentialsProvider: provider });
    const connecting = transport.connect(soon(200)).catch((e: unknown) => e);
    expect(await connecting).toMatchObject({ code: 'CONNECT_FAILED' });
    await transport.close(soon());
    const before = String(await admin.call('CLIENT', 'LIST')).split('\n').length;
    give({ password: OLD });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(String(await admin.call('CLIENT', 'LIST')).split('\n')).toHaveLength(before);
  });
});

describe.each(CLIENTS)('credentials of a cluster, ioredis %s', (_, client) => {
  it('are asked for at each new connection to a node', async () => {
    const cluster = await startRedisCluster();
    const bench = new RedisWorkbench('');
    let password = OLD;
    const everywhere = (command: string, ...args: string[]) =>
      Promise.all(cluster.masters.map((node) => cluster.ask(node, command, ...args)));
    const setPassword = (next: string) => {
      password = next;
      return everywhere(
        'ACL',
        'SETUSER',
        'service',
        'reset',
        'on',
        `>${next}`,
        '~*',
        '&*',
        '+@all',
      );
    };
    try {
      await setPassword(OLD);
      const transport = await bench.transport({
        ...QUICK,
        ...{ client, url: '', cluster: [`127.0.0.1:${cluster.masters[0]!.port}`] },
        credentialsProvider: () => ({ username: 'service', password }),
      });
      await transport.connect(soon());
      const { sink } = await bench.read(transport);
      await bench.publish(transport, 1);
      await eventually(() => sink.deliveries.length === 1, 'the first record');
      await setPassword(NEW);
      await everywhere('CLIENT', 'KILL', 'USER', 'service');
      await eventually(async () => {
        const [sent] = await transport.publish([record(bench.topic, 2)], soon(2_000));
        return sent!.status === 'sent';
      }, 'a send with the new password');
      await eventually(() => bodies(sink).includes('2'), 'the second record');
    } finally {
      await bench.end();
      await cluster.stop();
    }
  }, 60_000);
});
