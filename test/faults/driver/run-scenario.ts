import type { FaultBus, RunningFaultBus } from './fault-bus.interface.js';
import type { FaultRunResult } from './fault-run-result.js';
import { FaultRun } from './fault-run.js';
import type { Scenario } from './scenario.interface.js';

export interface ScenarioRun<Bus extends RunningFaultBus> {
  readonly bus: FaultBus<Bus>;
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
export function runScenario<Bus extends RunningFaultBus>(
  scenario: Scenario<Bus>,
  run: ScenarioRun<Bus>,
): Promise<FaultRunResult> {
  const { form, ...options } = run;
  return new FaultRun<Bus>({
    ...options,
    broker: { durability: 'always', keep: ALL, ...scenario.broker?.(run.events) },
    ...(scenario.consumerTransport ? { consumerTransport: scenario.consumerTransport } : {}),
  }).run((of) => scenario.faults(of, scenario.times[form]));
}
