import { sharedRegistryUrl } from '../services/shared-kafka.js';
import { ENDED, failingStart, PLACES } from '../support/failing-start.js';
import { KafkaWorkbench } from './support/kafka-workbench.js';

describe('an application on Kafka whose start fails in another part', () => {
  const bench = new KafkaWorkbench();
  afterAll(() => bench.close());

  const env = async (place: string) => ({
    ...{ TRANSPORT: 'kafka', URL: bench.brokers.join(), CONNECT: 'fail' },
    ...{ PLACE: place, TOPIC: await bench.topic(), REGISTRY: sharedRegistryUrl() },
  });

  it.each(PLACES)(
    'in %s: the process ends by itself',
    async (place) => {
      expect(await failingStart(await env(place))).toEqual(ENDED);
    },
    60_000,
  );

  it('while Kafka is away and is connected to in the background: the process ends by itself', async () => {
    const away = { URL: '127.0.0.1:1', CONNECT: 'background' };
    const place = await env('onApplicationBootstrap');
    expect(await failingStart({ ...place, ...away })).toEqual(ENDED);
  }, 60_000);
});
