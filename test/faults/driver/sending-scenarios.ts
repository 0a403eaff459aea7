import type { RunningFaultBus } from './fault-bus.interface.js';
import type { RunningKafka } from './kafka-fault-bus.js';
import type { Scenario } from './scenario.interface.js';
import { away } from './scenarios.js';

const BURST = 10_500;
/** About one a second and kind, for the time that a burst takes. */
const LINES_OF_A_BURST = 60;

/** What a sender on every bus must survive. */
export const SENDING_SCENARIOS: readonly Scenario<RunningFaultBus>[] = [
  {
    name: '10,500 sends to another topic at once',
    times: { long: 3, short: 1 },
    ordered: true,
    sender: () => ({ burst: BURST }),
    mostErrorLines: LINES_OF_A_BURST,
    faults: (run, times) => run.times(times, () => run.burst()),
  },
];

const missing = (topic: string): string => `missing-${topic}`;
const lone = (topic: string): string => `lone-${topic}`;

/** What a sender on Kafka must survive. */
export const KAFKA_SENDING_SCENARIOS: readonly Scenario<RunningKafka>[] = [
  ...SENDING_SCENARIOS,
  {
    name: 'one of 20 sends to topics that do not exist, or whose only broker is killed',
    times: { long: 3, short: 1 },
    ordered: true,
    brokerFails: true,
    senderTransport: { allowAutoTopicCreation: false },
    sender: (topic) => ({ beside: { topics: [missing(topic), lone(topic)], every: 20 } }),
    mostSentAgain: 0.1,
    faults: async (run, times) => {
      await run.broker.makeLoneTopic(lone(run.topic));
      await run.times(times, () => run.broker.restart());
    },
  },
  {
    name: 'registry restarted empty while the consumer is away and the sender runs',
    times: { long: 3, short: 1 },
    ordered: true,
    brokerFails: true,
    // Its ids then begin anew, so that those of this run come again.
    before: (broker) => broker.registry.restart({ empty: true }),
    faults: (run, times) =>
      run.times(times, () => away(run, () => run.broker.registry.restart({ empty: true }))),
  },
];
