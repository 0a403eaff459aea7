import { monitorEventLoopDelay } from 'node:perf_hooks';
import { until } from '../services/until.js';
import { KafkaApps, upTo } from './support/kafka-apps.js';
import { KafkaWorkbench } from './support/kafka-workbench.js';

const HANDLER_MS = 20;
const EVENTS = 120;
/** Without a budget the loop is blocked for all of them: 2.4 s. Quiet machines stay below 50 ms. */
const MOST_MS = 600;

describe('handlers that never wait, on Kafka', () => {
  const bench = new KafkaWorkbench();
  const apps = new KafkaApps();
  afterAll(async () => {
    await apps.close();
    await bench.close();
  });

  const compute = (): void => {
    const end = performance.now() + HANDLER_MS;
    while (performance.now() < end);
  };

  it.each([1, 4])(
    'leave the event loop to others between events, with %d partitions',
    async (partitions) => {
      const [topic, group] = [await bench.topic(partitions), bench.newName('group')];
      await apps.send(topic, upTo(EVENTS), String);
      const delays = monitorEventLoopDelay({ resolution: 5 });
      let isFirst = true;
      const handle = (): void => {
        if (isFirst) delays.enable();
        isFirst = false;
        compute();
      };
      const app = await apps.start({ topic, group, handle });
      await until('all events', () => app.handled.length === EVENTS, 60_000);
      delays.disable();
      const longest = delays.max / 1e6;
      expect(longest).toBeLessThan(MOST_MS);
      expect(app.attempts).toHaveLength(EVENTS);
      await app.close();
    },
    90_000,
  );
});
