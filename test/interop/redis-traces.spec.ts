import { randomUUID } from 'node:crypto';
import { sharedRedisUrl } from '../services/shared-services.js';
import { until } from '../services/until.js';
import { PythonDriver } from './python-driver.js';
import { TRACED, TracedServices } from './traced-services.js';

describe('one trace over several services', () => {
  let services: TracedServices;
  beforeAll(async () => void (services = await TracedServices.prepare()), 120_000);
  afterAll(() => services.end());

  it('on Redis: from one Nest service to another', async () => {
    const [reads, sends] = [`first-${randomUUID()}`, `second-${randomUUID()}`] as const;
    const redis = { url: sharedRedisUrl() };
    const [one, two, three] = [`one-${reads}`, `two-${reads}`, `three-${reads}`] as const;
    const other = `other-${randomUUID()}`;
    await services.start({ name: one, redis, reads: other, sends: reads });
    await services.start({ name: two, redis, reads, sends });
    await services.start({ name: three, redis, reads: sends });
    const python = await PythonDriver.start('produce.py', redis.url);
    python.write([{ ...TRACED, topic: other }]);
    const [sent] = await python.end(90_000);
    expect(sent.error).toBeUndefined();

    const golden = [
      `${one}: process ${other} CONSUMER below undefined`,
      `${one}: SELECT INTERNAL below ${one}: process ${other}`,
      `${one}: send ${reads} PRODUCER below ${one}: SELECT`,
      `${two}: process ${reads} CONSUMER below ${one}: send ${reads}`,
      `${two}: SELECT INTERNAL below ${two}: process ${reads}`,
      `${two}: send ${sends} PRODUCER below ${two}: SELECT`,
      `${three}: process ${sends} CONSUMER below ${two}: send ${sends}`,
      `${three}: SELECT INTERNAL below ${three}: process ${sends}`,
    ].sort();
    const trace = () =>
      services.collector.spans.find(({ name }) => name === `process ${other}`)?.traceId ?? '';
    await until(
      'the spans',
      () => services.collector.tree(trace()).length === golden.length,
      60_000,
    );
    expect(services.collector.tree(trace())).toEqual(golden);
    await services.stop();

    const consumer = await PythonDriver.start('consume.py', redis.url, sends, `python-${sends}`);
    const [, event] = await consumer.lines(2);
    consumer.kill();
    expect(event).toMatchObject({ type: TRACED.type });
  }, 240_000);
});
