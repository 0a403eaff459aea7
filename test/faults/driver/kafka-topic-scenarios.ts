import type { RunningKafka } from './kafka-fault-bus.js';
import type { Scenario } from './scenario.interface.js';

const PARTITIONS = [3, 6, 2];
/** Else the first client that asks for the topic makes it again, with the broker's number of partitions. */
const made = {
  consumerTransport: { allowAutoTopicCreation: false },
  senderTransport: { allowAutoTopicCreation: false },
};

/** What a group on Kafka must survive of administrators. */
export const KAFKA_TOPIC_SCENARIOS: readonly Scenario<RunningKafka>[] = [
  {
    name: 'topic deleted and made again, with fewer or more partitions (two members)',
    times: { long: 6, short: 2 },
    ordered: true,
    ...made,
    faults: async (run, times) => {
      await run.join();
      await run.times(times, (i) =>
        run.betweenEvents(() =>
          run.broker.remakeTopic(run.topic, PARTITIONS[i % PARTITIONS.length]!),
        ),
      );
    },
  },
  {
    // What was confirmed and is not handled yet goes with the topic: the group must only go on.
    name: 'topic deleted and made again under load, with fewer partitions',
    times: { long: 3, short: 1 },
    ordered: false,
    loses: true,
    ...made,
    faults: (run, times) =>
      run.times(times, (i) => run.broker.remakeTopic(run.topic, Math.max(1, 4 - i))),
  },
];
