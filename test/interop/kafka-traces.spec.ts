import { randomUUID } from 'node:crypto';
import { makeTopics } from '../services/kafka-topics.js';
import { sharedKafka, sharedRegistryUrl } from '../services/shared-kafka.js';
import { until } from '../services/until.js';
import { kafkaBus } from './kafka-bus.js';
import { PythonDriver } from './python-driver.js';
import { TRACED, TracedServices } from './traced-services.js';

describe('one trace over several services', () => {
  let services: TracedServices;
  beforeAll(async () => void (services = await TracedServices.prepare()), 120_000);
  afterAll(() => services.end());

  it('on Kafka: from Python over one Nest service to another, and Python reads what they sent', async () => {
    const [reads, sends] = [`first-${randomUUID()}`, `second-${randomUUID()}`] as const;
    const brokers = sharedKafka().bootstrap.plaintext.split(',');
    await makeTopics(
      brokers,
      [reads, sends].map((topic) => ({ topic, numPartitions: 1 })),
    );
    const kafka = { brokers, registry: sharedRegistryUrl() };
    await services.start({ name: `one-${reads}`, kafka, reads, sends });
    await services.start({ name: `two-${reads}`, kafka, reads: sends });
    const python = await PythonDriver.startTraced('traced_produce.py', kafkaBus());
    python.write([{ ...TRACED, topic: reads, key_field: 'enrollment.course.course_key' }]);
    const [sent] = await python.end(90_000);
    expect(sent.error).toBeUndefined();

    const [one, two] = [`one-${reads}`, `two-${reads}`];
    const golden = [
      `${one}: process ${reads} CONSUMER below ${sent.span}`,
      `${one}: SELECT INTERNAL below ${one}: process ${reads}`,
      `${one}: send ${sends} PRODUCER below ${one}: SELECT`,
      `${two}: process ${sends} CONSUMER below ${one}: send ${sends}`,
      `${two}: SELECT INTERNAL below ${two}: process ${sends}`,
    ].sort();
    await until(
      'the spans',
      () => services.collector.tree(sent.trace).length === golden.length,
      60_000,
    );
    expect(services.collector.tree(sent.trace)).toEqual(golden);
    const received = services.collector.spans.filter(({ name }) => name === `receive ${reads}`);
    expect(received.map(({ links }) => links!.map(({ spanId }) => spanId))).toEqual([[sent.span]]);
    await services.stop();
    expect(JSON.stringify(services.collector.spans)).not.toContain('course-v1');

    const consumer = await PythonDriver.start('consume.py', kafkaBus(), sends, `python-${sends}`);
    const [, event] = await consumer.lines(2);
    consumer.kill();
    expect(event).toMatchObject({ type: TRACED.type });
  }, 240_000);
});
