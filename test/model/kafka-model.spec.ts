import fc from 'fast-check';
import { kafkaScenario, runKafkaScenario } from './kafka-model.js';
import { modelRuns } from './model-runs.js';

describe('a model of consumers on Kafka', () => {
  it('no two hold a partition, nothing unsettled is committed, order holds, nothing is forgotten or left', async () => {
    await fc.assert(
      fc.asyncProperty(kafkaScenario, async (scenario) => {
        expect(await runKafkaScenario(scenario)).toEqual([]);
      }),
      modelRuns(60),
    );
  }, 3_600_000);
});
