import type { BusOptions, RunningFaultBus } from './fault-bus.interface.js';
import type { FaultRun } from './fault-run.js';

/** A fault that comes again and again while events are sent and handled. */
export interface Scenario<Bus extends RunningFaultBus = RunningFaultBus> {
  readonly name: string;
  /** How often in the long form, and in the short one. */
  readonly times: { readonly long: number; readonly short: number };
  /** Whether order per key must hold. */
  readonly ordered: boolean;
  /** The broker, or a service beside it, is what fails: whoever shares it is met too. */
  readonly brokerFails?: boolean;
  /** The broker itself gives up what it confirmed: something is lost. */
  readonly loses?: boolean;
  readonly broker?: (events: number) => Partial<BusOptions>;
  /** Further options of the consumers' transport. */
  readonly consumerTransport?: Readonly<Record<string, unknown>>;
  faults(run: FaultRun<Bus>, times: number): Promise<void>;
}
