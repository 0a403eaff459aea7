import { TcpProxy } from '../support/tcp-proxy.js';
import { freePort } from '../services/child-process.js';
import { startRedis } from '../services/redis.js';
import { until } from '../services/until.js';
import { endsAtSecondSigterm, PATIENT } from './driver/second-sigterm.js';
import { SlowApplications } from './driver/slow-application.js';

let apps: SlowApplications;

beforeAll(async () => (apps = await SlowApplications.prepare()), 60_000);
beforeEach(() => apps.newTopic());
afterEach(() => apps.kill());
afterAll(() => apps?.end());

const begun = (said: readonly string[]) => said.filter((line) => line.startsWith('begun'));

describe('N-03: SIGTERM', () => {
  it('lets the handler at work finish, settles, begins nothing more, and ends with 0', async () => {
    await apps.send(3);
    const first = apps.start({ url: apps.server.url, handlerMs: 1_500 });
    await first.says('begun 0');
    expect(await first.process.end('SIGTERM')).toBe(0);
    expect(first.said.filter((line) => /begun|done|closed/.test(line))).toEqual([
      ...['begun 0', 'done 0', 'closed'],
    ]);
    expect(await apps.pending()).toBe(2);
    const second = apps.start({ url: apps.server.url, handlerMs: 1 });
    await second.says('done 2');
    expect(begun(second.said)).toEqual(['begun 1', 'begun 2']);
    await until('all settled', async () => (await apps.pending()) === 0);
  });

  it('ends soon after the deadline with a handler that does not: it is told, and its event comes again', async () => {
    await apps.send(1);
    const app = apps.start({
      url: apps.server.url,
      handlerMs: 600_000,
      bus: { shutdownTimeout: 1_000 },
    });
    await app.says('begun 0');
    expect(await app.process.end('SIGTERM')).toBe(0);
    expect(app.said).toContain('aborted 0');
    expect(app.said).not.toContain('done 0');
    expect(await apps.pending()).toBe(1);
    const next = apps.start({ url: apps.server.url, handlerMs: 1 });
    await next.says('done 0');
  });

  it('a second one ends the waiting at once', async () => {
    await apps.send(1);
    await endsAtSecondSigterm(apps.start({ url: apps.server.url, ...PATIENT }));
    expect(await apps.pending()).toBe(1);
  });

  it('ends with the broker down, within the deadline', async () => {
    const own = await startRedis();
    try {
      const app = apps.start({ url: own.url, bus: { shutdownTimeout: 3_000 } });
      await app.says('ready');
      await own.kill();
      expect(await app.process.end('SIGTERM')).toBe(0);
    } finally {
      await own.stop();
    }
  });

  it('ends with a half-open connection and an event in hand, within the deadline', async () => {
    await apps.send(1);
    const proxy = await TcpProxy.to(apps.server.port);
    try {
      const app = apps.start({
        url: `redis://127.0.0.1:${proxy.port}/0`,
        handlerMs: 1_000,
        bus: { shutdownTimeout: 3_000 },
      });
      await app.says('begun 0');
      proxy.blackHole({ newToo: true });
      expect(await app.process.end('SIGTERM')).toBe(0);
      expect(app.said).toContain('done 0');
    } finally {
      await proxy.stop();
    }
  });

  it('ends with the broker never reached, and before it is', async () => {
    const url = `redis://127.0.0.1:${await freePort()}/0`;
    const app = apps.start({ url, bus: { connect: 'background', shutdownTimeout: 3_000 } });
    await app.says('ready');
    expect(await app.process.end('SIGTERM')).toBe(0);
  });

  it('without useProcessExit Nest ends the process by the signal, after the same drain', async () => {
    await apps.send(1);
    const app = apps.start({ url: apps.server.url, handlerMs: 500, useProcessExit: false });
    await app.says('begun 0');
    expect(await app.process.end('SIGTERM')).toBeNull();
    expect(app.said).toContain('done 0');
    expect(await apps.pending()).toBe(0);
  });
});

describe('exit codes', () => {
  it('1: R-14, the broker cannot be reached at the start', async () => {
    const url = `redis://127.0.0.1:${await freePort()}/0`;
    const app = apps.start({ url, bus: { connectTimeout: 1_000 } });
    expect(await app.process.read(30_000)).toBe(1);
    expect(app.said).not.toContain('ready');
    expect(app.process.complaints).toContain('CONNECT_FAILED');
  });

  it('3: B-13, too many errors in a row', async () => {
    await apps.send(5);
    const app = apps.start({
      url: apps.server.url,
      fails: true,
      bus: { consecutiveErrorsLimit: 3 },
    });
    expect(await app.process.read(30_000)).toBe(3);
    expect(begun(app.said)).toEqual(['begun 0', 'begun 1', 'begun 2']);
    expect(app.said).toContain('closed');
    expect(await apps.pending()).toBe(2);
  });

  it('3: halted at an event, which stays unsettled', async () => {
    await apps.send(2);
    const app = apps.start({ url: apps.server.url, fails: true, bus: { onFailure: 'halt' } });
    expect(await app.process.read(30_000)).toBe(3);
    expect(begun(app.said)).toEqual(['begun 0']);
    expect(await apps.pending()).toBe(2);
  });
});
