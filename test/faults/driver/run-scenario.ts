import type { FaultBus } from './fault-bus.interface.js';
import { FaultRun, type FaultRunResult } from './fault-run.js';
import type { Scenario } from './scenarios.js';

export interface ScenarioRun {
  readonly bus: FaultBus;
  readonly library: string;
  readonly form: 'long' | 'short';
  readonly events: number;
  readonly perSecond: number;
  readonly withReference: boolean;
  readonly progress?: (text: string) => void;
}

/** More than any run sends. */
const ALL = 10_000_000;

/** Runs one scenario on a broker of its own, which keeps all and forgets nothing unless it says otherwise. */
export function runScenario(scenario: Scenario, run: ScenarioRun): Promise<FaultRunResult> {
  const { form, ...options } = run;
  return new FaultRun({
    ...options,
    broker: { durability: 'always', keep: ALL, ...scenario.broker?.(run.events) },
    ...(scenario.consumerBus ? { consumerBus: scenario.consumerBus } : {}),
  }).run((of) => scenario.faults(of, scenario.times[form]));
}
