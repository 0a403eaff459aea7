import { describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { startRedis, type RedisServer } from './redis.js';

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

describe('startRedis', () => {
  it('serves streams on the loopback address until it is stopped', async () => {
    const server = await startRedis();
    const id = await withClient(server, (client) => client.xadd('s', '*', 'a', 'b'));
    expect(id).toMatch(/^\d+-0$/);
    await server.stop();
    await server.stop();
    const attempt = connect(server.port, '127.0.0.1');
    const [error] = (await once(attempt, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNREFUSED');
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
});
