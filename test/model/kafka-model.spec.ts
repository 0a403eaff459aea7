import fc from 'fast-check';
import { kafkaScenario, type KafkaStep, runKafkaScenario } from './kafka-model.js';
import { modelRuns } from './model-runs.js';

const calm = { seed: 0, concurrency: 1, settle: 'coalesced', maxInFlight: 20 } as const;

describe('a model of consumers on Kafka', () => {
  it('no two hold a partition, nothing unsettled is committed, order holds, nothing is forgotten or left', async () => {
    await fc.assert(
      fc.asyncProperty(kafkaScenario, async (scenario) => {
        expect(await runKafkaScenario(scenario)).toEqual([]);
      }),
      modelRuns(60),
    );
  }, 3_600_000);

  it('a member that is cut off begins nothing of what it has in hand once others may have it', async () => {
    const steps: KafkaStep[] = [
      { do: 'produce', partition: 0, count: 20 },
      { do: 'produce', partition: 1, count: 20 },
      { do: 'advance', ms: 1_000 },
      { do: 'cut', member: 'b' },
      { do: 'handle', member: 'a', mode: 'work' },
      { do: 'advance', ms: 20_000 },
    ];
    expect(await runKafkaScenario({ ...calm, mode: 'wait', steps })).toEqual([]);
  });

  it('a member whose client gives up before its first positions are known begins anew', async () => {
    const steps: KafkaStep[] = [
      { do: 'commits', mode: 'loseReply' },
      { do: 'stop', member: 'b' },
      { do: 'advance', ms: 300 },
      { do: 'crash', member: 'a' },
      { do: 'advance', ms: 300 },
      { do: 'produce', partition: 0, count: 1 },
    ];
    expect(await runKafkaScenario({ ...calm, mode: 'work', steps })).toEqual([]);
  });
});
