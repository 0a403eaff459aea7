import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { startRedis, type RedisServer } from '../services/redis.js';
import { until } from '../services/until.js';
import { cli } from '../support/cli.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { buildLibrary, type BuiltLibrary } from './driver/built-library.js';
import { NUMBERED_TYPE } from './driver/numbered-events.js';
import { ReportingProcess } from './driver/reporting-process.js';

const PROGRAM = join(import.meta.dirname, 'processes', 'stopping.mjs');

let library: BuiltLibrary;
let server: RedisServer;
let redis: Redis;
let topic: string;
let running: ReportingProcess[];

beforeAll(async () => {
  [library, server] = await Promise.all([buildLibrary(), startRedis()]);
  redis = new Redis(server.url);
}, 60_000);
afterAll(async () => {
  redis?.disconnect();
  await Promise.all([library?.remove(), server?.stop()]);
});
beforeEach(() => {
  topic = `killed-${randomUUID()}`;
  running = [];
});
afterEach(() => Promise.all(running.map((process) => process.end('SIGKILL'))));

function start(url: string, handlerMs: number, bus: Readonly<Record<string, unknown>> = {}) {
  const said: string[] = [];
  const config = { lib: library.address, type: NUMBERED_TYPE, topic, group: 'g', ids: true };
  const all = { ...config, url, handlerMs, bus, quiet: true };
  const process = new ReportingProcess(
    { program: globalThis.process.execPath, args: [PROGRAM, JSON.stringify(all)] },
    (line) => said.push(line),
  );
  running.push(process);
  return {
    process,
    said,
    says: (line: string) => process.reaches(line, () => said.includes(line)),
  };
}

async function send(count: number): Promise<void> {
  const lines = Array.from({ length: count }, (_, n) =>
    JSON.stringify({ redemption: { subsidy_identifier: 's', content_key: 'c', lms_user_id: n } }),
  );
  const { code } = await cli(
    ['produce-event', '--type', NUMBERED_TYPE, '--topic', topic, '--data', '-'],
    {
      stdin: lines.join('\n'),
      env: { EVENT_BUS_TRANSPORT: 'redis', EVENT_BUS_REDIS_CONNECTION_URL: server.url },
    },
  );
  expect(code).toBe(0);
}

async function pending(): Promise<number> {
  const [count] = (await redis.xpending(topic, 'g')) as [number];
  return count;
}

const of = (word: string, said: readonly string[]) =>
  said.filter((line) => line.startsWith(`${word} `));

describe('a consumer that is killed', () => {
  it('B-01: in the handler: that event comes again after the restart, those done before do not', async () => {
    await send(5);
    const first = start(server.url, 200, { settle: 'each' });
    await first.says('begun 2');
    await first.process.end('SIGKILL');
    expect(of('done', first.said)).toEqual(['done 0', 'done 1']);

    const second = start(server.url, 0, { settle: 'each' });
    await second.says('done 4');
    expect(of('begun', second.said)).toEqual(['begun 2', 'begun 3', 'begun 4']);
    expect(of('id', second.said)[0]).toBe(of('id', first.said)[2]);
    await until('all to be acknowledged', async () => (await pending()) === 0, 5_000);
  });

  it('B-02: between the success of the handler and the acknowledgement: once more, with the same id', async () => {
    await send(2);
    const proxy = await TcpProxy.to(server.port);
    try {
      const first = start(`redis://127.0.0.1:${proxy.port}`, 500);
      await first.says('begun 0');
      proxy.blackHole({ newToo: true });
      await first.says('done 0');
      await first.process.end('SIGKILL');
      expect(await pending()).toBe(2);

      const second = start(server.url, 0);
      await second.says('done 1');
      expect(of('done', second.said)).toEqual(['done 0', 'done 1']);
      expect(of('id', second.said)[0]).toBe(of('id', first.said)[0]);
      await until('all to be acknowledged', async () => (await pending()) === 0, 5_000);
    } finally {
      await proxy.stop();
    }
  });
});
