import type { FaultBus } from './fault-bus.interface.js';
import { KAFKA_BLOCKING_SCENARIOS, REDIS_BLOCKING_SCENARIOS } from './blocking-scenarios.js';
import { kafkaFaultBus } from './kafka-fault-bus.js';
import { KAFKA_FROZEN_SCENARIOS } from './kafka-frozen-scenarios.js';
import { KAFKA_LANES_SCENARIOS } from './kafka-lanes-scenarios.js';
import { KAFKA_SCENARIOS } from './kafka-scenarios.js';
import { KAFKA_TOPIC_SCENARIOS } from './kafka-topic-scenarios.js';
import { redisFaultBus } from './redis-fault-bus.js';
import { REDIS_SCENARIOS, USUAL_DEFAULTS } from './redis-scenarios.js';
import { KAFKA_SENDING_SCENARIOS, SENDING_SCENARIOS } from './sending-scenarios.js';
import type { Scenario } from './scenario.interface.js';

/** The rows of the long form on one transport. */
export interface FaultRows {
  readonly bus: FaultBus;
  /** Events a second: so many that faults meet work, and few enough for them to lie apart. */
  readonly rate: number;
  readonly scenarios: readonly Scenario[];
}

export const TRANSPORTS: Readonly<Record<string, FaultRows>> = {
  redis: {
    bus: redisFaultBus,
    rate: 2_000,
    scenarios: [
      ...REDIS_SCENARIOS,
      ...USUAL_DEFAULTS,
      ...SENDING_SCENARIOS,
      ...REDIS_BLOCKING_SCENARIOS,
    ],
  },
  kafka: {
    bus: kafkaFaultBus,
    rate: 800,
    scenarios: [
      ...KAFKA_SCENARIOS,
      ...KAFKA_LANES_SCENARIOS,
      ...KAFKA_TOPIC_SCENARIOS,
      ...KAFKA_FROZEN_SCENARIOS,
      ...KAFKA_SENDING_SCENARIOS,
      ...KAFKA_BLOCKING_SCENARIOS,
    ],
  },
};
