import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type RedisServer, startRedis } from '../services/redis.js';
import { cli } from '../support/cli.js';

const WRONG = 'wr0ng-secret';
const address = (file: string): string => new URL(file, import.meta.url).href;

describe('a wrong password of Redis', () => {
  let server: RedisServer;
  let url: string;
  beforeAll(async () => {
    server = await startRedis({ password: 'right' });
    url = `redis://:${WRONG}@127.0.0.1:${server.port}/0`;
  }, 90_000);
  afterAll(async () => {
    await server?.stop();
  });

  /** What a process prints until it ends. */
  const printed = async (script: string): Promise<string> => {
    const imports = `
      const { register } = await import('node:module');
      register('${address('../services/typescript-loader.mjs')}');
      await import('reflect-metadata');
      const { NestFactory } = await import('@nestjs/core');
      const { Module } = await import('@nestjs/common');
      const { EventBusModule } = await import('${address('../../lib/index.ts')}');
      const { redisTransport } = await import('${address('../../lib/transport/redis/index.ts')}');
      const bus = EventBusModule.forRoot({
        transport: redisTransport({ url: process.env.TEST_URL }), group: 'g', connectTimeout: 700,
      });
      class Root {}
      Module({ imports: [bus] })(Root);`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', imports + script], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, TEST_URL: url, NO_COLOR: '1' },
    });
    let told = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text: Buffer) => (told += text.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    expect(code).toBe(1);
    return told;
  };

  it.each([
    [
      'by Node, of what nobody caught',
      'await NestFactory.createApplicationContext(Root, { logger: false, abortOnError: false });',
    ],
    [
      "by Nest's exception logger",
      'await NestFactory.createApplicationContext(Root, { abortOnError: true });',
    ],
  ])(
    'is told, and not shown, %s',
    async (_, start) => {
      const told = await printed(start);
      expect(told).toContain('WRONGPASS');
      expect(told).toContain('ReplyError');
      expect(told).not.toContain(WRONG);
      expect(told).not.toMatch(/args|AUTH'/);
    },
    60_000,
  );

  it('nor by the command', async () => {
    const env = { EVENT_BUS_TRANSPORT: 'redis', EVENT_BUS_REDIS_CONNECTION_URL: url };
    const { code, out, log } = await cli(['consume-events', '-t', 't', '-g', 'g'], { env });
    expect(code).toBe(1);
    expect(log).toContain('WRONGPASS');
    expect(out + log).not.toContain(WRONG);
  }, 60_000);
});
