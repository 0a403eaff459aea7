import { until } from '../services/until.js';
import { loopTurns } from '../support/loop-turns.js';
import { KafkaApps, upTo } from './support/kafka-apps.js';
import { KafkaWorkbench } from './support/kafka-workbench.js';

const HANDLER_MS = 20;
const EVENTS = 120;
/** So many may share a turn of the event loop. Without a budget all that were fetched do. */
const MOST = 4;

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
      const turns: number[] = [];
      const handle = (): void => {
        turns.push(loopTurns());
        compute();
      };
      const app = await apps.start({ topic, group, handle });
      await until('all events', () => app.handled.length === EVENTS, 60_000);
      const shared = turns.map((turn) => turns.filter((one) => one === turn).length);
      expect(Math.max(...shared)).toBeLessThanOrEqual(MOST);
      expect(app.attempts).toHaveLength(EVENTS);
      await app.close();
    },
    90_000,
  );
});
