import { until } from '../services/until.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { type SlowApplicationConfig, SlowApplications } from './driver/slow-application.js';

let apps: SlowApplications;

beforeAll(async () => (apps = await SlowApplications.prepare()), 60_000);
beforeEach(() => apps.newTopic());
afterEach(() => apps.kill());
afterAll(() => apps?.end());

const start = (url: string, handlerMs: number, further: Partial<SlowApplicationConfig> = {}) =>
  apps.start({ url, handlerMs, ids: true, quiet: true, ...further });

const of = (word: string, said: readonly string[]) =>
  said.filter((line) => line.startsWith(`${word} `));

describe('a consumer that is killed', () => {
  it('B-01: in the handler: that event comes again after the restart, those done before do not', async () => {
    await apps.send(5);
    const first = start(apps.server.url, 0, { bus: { settle: 'each' }, deadly: 2 });
    expect(await first.process.read(30_000)).toBeNull();
    expect(of('done', first.said)).toEqual(['done 0', 'done 1']);

    const second = start(apps.server.url, 0, { bus: { settle: 'each' } });
    await second.says('done 4');
    expect(of('begun', second.said)).toEqual(['begun 2', 'begun 3', 'begun 4']);
    expect(of('id', second.said)[0]).toBe(of('id', first.said)[2]);
    await until('all to be acknowledged', async () => (await apps.pending()) === 0, 5_000);
  });

  it('B-02: between the success of the handler and the acknowledgement: once more, with the same id', async () => {
    await apps.send(2);
    const proxy = await TcpProxy.to(apps.server.port);
    try {
      const first = start(`redis://127.0.0.1:${proxy.port}`, 3_000);
      await first.says('begun 0');
      proxy.blackHole({ newToo: true });
      await first.says('done 0');
      await first.process.end('SIGKILL');
      expect(await apps.pending()).toBe(2);

      const second = start(apps.server.url, 0);
      await second.says('done 1');
      expect(of('done', second.said)).toEqual(['done 0', 'done 1']);
      expect(of('id', second.said)[0]).toBe(of('id', first.said)[0]);
      await until('all to be acknowledged', async () => (await apps.pending()) === 0, 5_000);
    } finally {
      await proxy.stop();
    }
  });
});
