import { readFileSync } from 'node:fs';
import { ConnectError } from '../../lib/errors/index.js';
import { type RedisServer, startRedis } from '../services/redis.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { CLIENTS, eventually, record, RedisWorkbench, soon } from './support/redis-workbench.js';

describe.each(CLIENTS)('connecting to Redis, ioredis %s', (_, client) => {
  let server: RedisServer;
  let bench: RedisWorkbench;
  const start = async (options: Parameters<typeof startRedis>[0]): Promise<void> => {
    server = await startRedis(options);
    bench = new RedisWorkbench(server.url);
  };
  afterEach(async () => {
    await bench.end();
    await server.stop();
  });

  it('signs in with the password of the URL', async () => {
    await start({ password: 'p@ss word' });
    const transport = await bench.transport({ client });
    await transport.connect(soon());
    const { sink } = await bench.read(transport);
    await bench.publish(transport, 'x');
    await eventually(() => sink.deliveries.length === 1, 'the record');
  });

  it('says why it cannot sign in, at the deadline, and not with which password', async () => {
    await start({ password: 'right' });
    const url = server.url.replace('right', 'wrong-secret');
    const transport = await bench.transport({ client, url });
    const failed = transport.connect(soon(600));
    await expect(failed).rejects.toThrow(ConnectError);
    await expect(failed).rejects.toThrow(/WRONGPASS|NOAUTH|not connected/);
    await expect(failed).rejects.not.toThrow(/wrong-secret/);
    const [outcome] = await transport.publish([record('t', 1)], soon(200));
    expect(outcome!.status).toBe('notSent');
    expect(bench.logged.join('\n')).not.toContain('wrong-secret');
    expect(bench.logged.length).toBeLessThan(5);
  });

  it('speaks TLS to a rediss URL and checks the certificate', async () => {
    await start({ tls: true });
    const tls = { ca: readFileSync(server.caFile!) };
    const transport = await bench.transport({ client, redis: { tls } });
    await transport.connect(soon());
    const { sink } = await bench.read(transport);
    await bench.publish(transport, 'x');
    await eventually(() => sink.deliveries.length === 1, 'the record');
    const distrustful = await bench.transport({ client });
    await expect(distrustful.connect(soon(3_000))).rejects.toThrow(/certificate/);
    const byUrl = await bench.transport({
      client,
      url: `${server.url}?ssl_ca_certs=${encodeURIComponent(server.caFile!)}`,
    });
    await byUrl.connect(soon());
  });

  it('R-14: fails at the deadline where no Redis is, then heals when there is one', async () => {
    await start({});
    await server.kill();
    const transport = await bench.transport({ client });
    const states = bench.states(transport);
    await expect(transport.connect(soon(400))).rejects.toThrow(/ECONNREFUSED/);
    expect(states.at(-1)!.state).toBe('connecting');
    await server.restart();
    await transport.connect(soon());
    expect(states.at(-1)!.state).toBe('ready');
  });

  it('R-14: ends the attempt at the deadline where something accepts and never answers', async () => {
    await start({});
    const proxy = await TcpProxy.to(server.port);
    proxy.blackHole({ newToo: true });
    const transport = await bench.transport({ client, url: `redis://127.0.0.1:${proxy.port}/0` });
    await expect(transport.connect(soon(400))).rejects.toThrow(ConnectError);
    await proxy.stop();
  });

  it('keeps publishing, commands and blocking reads on connections of their own', async () => {
    await start({});
    // More than a test may take: nothing gets through behind the read.
    const transport = await bench.transport({ client, pollTimeout: 300 });
    await transport.connect(soon());
    await bench.read(transport);
    const list = async (): Promise<string[]> =>
      ((await bench.redis.client('LIST')) as string).split('\n');
    await eventually(
      async () => (await list()).filter((line) => line.includes('cmd=xreadgroup')).length === 1,
      'one blocked read',
    );
    const [outcome] = await transport.publish([record('another topic', 'x')], soon());
    expect(outcome!.status).toBe('sent');
    expect((await list()).filter((line) => line.includes('cmd=xreadgroup'))).toHaveLength(1);
    await transport.close(soon());
    await eventually(async () => (await list()).filter(Boolean).length === 1, 'all are closed');
  });
});
