import { buildLibrary, type BuiltLibrary } from './driver/built-library.js';
import type { FaultRunResult } from './driver/fault-run-result.js';
import { redisFaultBus, type RunningRedis } from './driver/redis-fault-bus.js';
import { REDIS_SCENARIOS, USUAL_DEFAULTS } from './driver/redis-scenarios.js';
import { SENDING_SCENARIOS } from './driver/sending-scenarios.js';
import { exceeded, runScenario } from './driver/run-scenario.js';
import type { Scenario } from './driver/scenario.interface.js';

const ROWS: readonly Scenario<RunningRedis>[] = [...REDIS_SCENARIOS, ...SENDING_SCENARIOS].filter(
  ({ times }) => times.short > 0,
);
const EVENTS = 5_000;
const AT_ONCE = 3;
const trimmed = USUAL_DEFAULTS.find(({ name }) => name.includes('a tenth kept'))!;

describe('fault runs on Redis, in short', () => {
  const results = new Map<Scenario<RunningRedis>, FaultRunResult>();
  const failures = new Map<Scenario<RunningRedis>, unknown>();
  const resultOf = (scenario: Scenario<RunningRedis>): FaultRunResult => {
    if (failures.has(scenario)) throw failures.get(scenario);
    return results.get(scenario)!;
  };
  let library: BuiltLibrary;

  beforeAll(async () => {
    library = await buildLibrary();
    const waiting = [...ROWS, trimmed];
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next; next = waiting.shift())
        await runScenario(next, {
          bus: redisFaultBus,
          library: library.address,
          form: 'short',
          events: EVENTS,
          perSecond: 1_500,
          withReference: false,
        }).then(
          (result) => results.set(next, result),
          (error: unknown) => failures.set(next, error),
        );
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  }, 900_000);
  afterAll(() => library?.remove());

  it.each(ROWS)('$name: nothing is lost', (scenario) => {
    const { confirmed, faults, ours, exitCodes } = resultOf(scenario);
    expect(faults).toBe(scenario.times.short);
    expect(confirmed).toBe(EVENTS);
    expect({ lost: ours.lost, strange: ours.strange, handled: ours.handled }).toEqual({
      lost: [],
      strange: [],
      handled: EVENTS,
    });
    if (scenario.ordered) expect(ours.violations).toBe(0);
    expect(exceeded(scenario, resultOf(scenario))).toBeUndefined();
    expect(exitCodes.filter((code) => code !== 0)).toEqual([]);
    expect(Math.max(...ours.silences)).toBeLessThan(60);
  });

  it('R-09: a stream that keeps less than a consumer is away for loses events, and the driver sees it', () => {
    const { confirmed, ours } = resultOf(trimmed);
    expect(confirmed).toBe(EVENTS);
    expect(ours.lost.length).toBeGreaterThan(EVENTS / 4 - EVENTS / 10 - 200);
    expect(ours.handled + ours.lost.length).toBe(EVENTS);
  });
});
