import { kafkaChaos } from './chaos/kafka-chaos.js';
import { shortChaos } from './chaos/short-chaos.js';

describe('chaos on Kafka, in short', () => {
  it('nothing is lost, order is kept, and nothing stands still for longer than documented', async () => {
    expect(await shortChaos(kafkaChaos(1), { seed: 1528, seconds: 20 })).toEqual([]);
  }, 300_000);
});
