import { buildLibrary, type BuiltLibrary } from './driver/built-library.js';
import type { FaultRunResult } from './driver/fault-run-result.js';
import {
  startSharedKafkaBus,
  type RunningKafka,
  type SharedKafkaBus,
} from './driver/kafka-fault-bus.js';
import { KAFKA_FROZEN_SCENARIOS } from './driver/kafka-frozen-scenarios.js';
import { KAFKA_LANES_SCENARIOS } from './driver/kafka-lanes-scenarios.js';
import { KAFKA_SENDING_SCENARIOS } from './driver/sending-scenarios.js';
import { KAFKA_SCENARIOS } from './driver/kafka-scenarios.js';
import { KAFKA_TOPIC_SCENARIOS } from './driver/kafka-topic-scenarios.js';
import { exceeded, runScenario } from './driver/run-scenario.js';
import type { Scenario } from './driver/scenario.interface.js';

const EVENTS = 5_000;
const AT_ONCE = 3;
/** A member that joins while they are frozen is left to the long form, and to `kafka/membership.spec.ts`. */
const ROWS = [
  ...KAFKA_SCENARIOS,
  ...KAFKA_LANES_SCENARIOS,
  ...KAFKA_TOPIC_SCENARIOS.filter(({ loses }) => !loses),
  ...KAFKA_FROZEN_SCENARIOS.slice(0, 1),
  // A sender looks its ids up every 15 s: a registry that came back empty needs longer than this form lasts.
  ...KAFKA_SENDING_SCENARIOS.filter(({ senderTransport }) => senderTransport),
];

describe('fault runs on Kafka, in short', () => {
  const results = new Map<Scenario<RunningKafka>, FaultRunResult>();
  const failures = new Map<Scenario<RunningKafka>, unknown>();
  let library: BuiltLibrary;
  let shared: SharedKafkaBus;

  const runOn = (slot: number, scenario: Scenario<RunningKafka>): Promise<void> =>
    runScenario(scenario, {
      bus: { name: 'Kafka', start: async () => shared.busOf(slot) },
      library: library.address,
      form: 'short',
      events: EVENTS,
      perSecond: 300,
      withReference: false,
    }).then(
      (result) => void results.set(scenario, result),
      (error: unknown) => void failures.set(scenario, error),
    );

  beforeAll(async () => {
    const parties = ['consumers', 'sender'] as const;
    [library, shared] = await Promise.all([
      buildLibrary(),
      startSharedKafkaBus({ runs: AT_ONCE, parties }),
    ]);
    const alone = ROWS.filter(({ brokerFails }) => brokerFails);
    const together = ROWS.filter(({ brokerFails }) => !brokerFails);
    const work = async (slot: number): Promise<void> => {
      for (let next = together.shift(); next; next = together.shift()) await runOn(slot, next);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, (_, slot) => work(slot)));
    for (const scenario of alone) await runOn(0, scenario);
  }, 900_000);
  afterAll(async () => {
    await Promise.all([shared?.stop(), library?.remove()]);
  });

  it.each(ROWS)('$name: nothing is lost, order is kept (K-07, K-08, K-09)', (scenario) => {
    if (failures.has(scenario)) throw failures.get(scenario);
    const { confirmed, faults, ours, exitCodes } = results.get(scenario)!;
    expect(faults).toBe(scenario.times.short);
    expect(confirmed).toBe(EVENTS);
    expect({ lost: ours.lost, strange: ours.strange, handled: ours.handled }).toEqual({
      lost: [],
      strange: [],
      handled: EVENTS,
    });
    expect(ours.violations).toBe(0);
    expect(exceeded(scenario, results.get(scenario)!)).toBeUndefined();
    expect(exitCodes.filter((code) => code !== 0)).toEqual([]);
    expect(Math.max(...ours.silences)).toBeLessThan(60);
  });
});
