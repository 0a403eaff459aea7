import { describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { startRedis, type RedisServer } from './redis.js';
import { until } from './until.js';

async function withClient<T>(server: RedisServer, use: (client: Redis) => Promise<T>): Promise<T> {
  const tls = server.caFile ? { tls: { ca: readFileSync(server.caFile) } } : {};
  const client = new Redis(server.url, { ...tls, retryStrategy: null, maxRetriesPerRequest: 0 });
  client.on('error', () => undefined);
  try {
    return await use(client);
  } finally {
    client.disconnect();
  }
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const answer = await Promise.race([
    once(socket, 'connect').then(() => true),
    once(socket, 'error').then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return answer;
}

describe('startRedis', () => {
  it('serves streams on the loopback address until it is stopped', async () => {
    const server = await startRedis();
    const id = await withClient(server, (client) => client.xadd('s', '*', 'a', 'b'));
    expect(id).toMatch(/^\d+-0$/);
    await server.stop();
    await server.stop();
    expect(await accepts(server.port)).toBe(false);
  });

  it('keeps what was written over SIGKILL when it is persistent', async () => {
    const server = await startRedis({ persistent: true });
    try {
      await withClient(server, (client) => client.xadd('s', '*', 'a', 'b'));
      await server.kill('SIGKILL');
      await server.restart();
      expect(await withClient(server, (client) => client.xlen('s'))).toBe(1);
    } finally {
      await server.stop();
    }
  });

  it('asks for the password', async () => {
    const server = await startRedis({ password: 'p@ss word' });
    try {
      expect(await withClient(server, (client) => client.ping())).toBe('PONG');
      const bare = { ...server, url: `redis://127.0.0.1:${server.port}/0` };
      await expect(withClient(bare, (client) => client.ping())).rejects.toThrow(/NOAUTH/);
    } finally {
      await server.stop();
    }
  });

  it('serves TLS with a certificate that its CA file vouches for', async () => {
    const server = await startRedis({ tls: true });
    try {
      expect(await withClient(server, (client) => client.ping())).toBe('PONG');
    } finally {
      await server.stop();
    }
  });

  it('names what the server said when it cannot start', async () => {
    await expect(startRedis({ args: ['--no-such-option', 'x'] })).rejects.toThrow(
      /ended with 1[^]*no-such-option/,
    );
  });

  it.each(['SIGINT', 'SIGKILL'] as const)(
    'does not outlive a run that is ended by %s',
    async (signal) => {
      const url = (file: string) => new URL(file, import.meta.url).href;
      const script = `
      const { register } = await import('node:module');
      register('${url('typescript-loader.mjs')}');
      const { startRedis } = await import('${url('redis.ts')}');
      console.log((await startRedis()).port);
      setInterval(() => undefined, 1000);`;
      const run = spawn(process.execPath, ['--input-type=module', '--eval', script]);
      const [port] = (await once(createInterface({ input: run.stdout }), 'line')) as [string];
      expect(await accepts(Number(port))).toBe(true);
      run.kill(signal);
      await until('the end of the server', async () => !(await accepts(Number(port))), 5000);
    },
  );
});
