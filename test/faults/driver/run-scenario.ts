import { SettableClock } from '../../services/settable-clock.js';
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
export async function runScenario<Bus extends RunningFaultBus>(
  scenario: Scenario<Bus>,
  run: ScenarioRun<Bus>,
): Promise<FaultRunResult> {
  const { form, ...options } = run;
  const events = eventsOf(scenario, run.events);
  const clock = scenario.ownClock ? await SettableClock.make() : undefined;
  const faults = new FaultRun<Bus>({
    ...options,
    events,
    ...(clock && { clock }),
    broker: { durability: 'always', keep: ALL, ...scenario.broker?.(events) },
    ...only(scenario, ['senderTransport', 'sender', 'blockMs', 'partitions', 'before', 'handling']),
    ...only(scenario, ['consumerBus', 'failing']),
    ...(scenario.consumerTransport ? { consumerTransport: scenario.consumerTransport } : {}),
  });
  return faults.run((of) => scenario.faults(of, scenario.times[form])).finally(() => clock?.stop());
}

/** How many events of a run a scenario sends. */
export function eventsOf({ share = 1 }: Pick<Scenario, 'share'>, events: number): number {
  return Math.round(events * share);
}

/** What was exceeded that a scenario bounds; undefined for nothing. */
export function exceeded(
  { mostSentAgain, mostErrorLines }: Scenario<never>,
  { tries, sent, errorLines }: FaultRunResult,
): string | undefined {
  if (mostSentAgain !== undefined && tries > mostSentAgain * sent) return `${tries} sent again`;
  if (mostErrorLines !== undefined && errorLines > mostErrorLines)
    return `${errorLines} lines of errors`;
  return undefined;
}

function only<T extends object, K extends keyof T>(
  from: T,
  names: readonly K[],
): Partial<Pick<T, K>> {
  const some: Partial<Pick<T, K>> = {};
  for (const name of names) if (from[name] !== undefined) some[name] = from[name];
  return some;
}
