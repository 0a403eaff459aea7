import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { accepts } from './java-service.js';
import { startPrometheus } from './prometheus.js';
import { until } from './until.js';

describe('startPrometheus', () => {
  it('scrapes its target and answers queries, until it is stopped', async () => {
    let scraped = 0;
    const target = createServer((request, response) => {
      response.setHeader('content-type', 'text/plain; version=0.0.4');
      response.end(`# TYPE scraped counter\nscraped{path="${request.url}"} ${++scraped}\n`);
    }).listen(0, '127.0.0.1');
    await once(target, 'listening');
    const { port } = target.address() as AddressInfo;
    const prometheus = await startPrometheus(`127.0.0.1:${port}`);
    try {
      await until('two scrapes', async () => {
        const [found] = await prometheus.query('scraped{path="/metrics"}');
        return found !== undefined && found.value >= 2;
      });
      await expect(prometheus.query('sum by (')).rejects.toThrow(/sum by \(.*parse error/);
      expect(await prometheus.query('no_such_metric')).toEqual([]);
    } finally {
      await prometheus.stop();
      target.close();
    }
    await prometheus.stop();
    expect(await accepts(Number(new URL(prometheus.url).port))).toBe(false);
  }, 600_000);
});
