import type { BusOptions, RunningFaultBus } from './fault-bus.interface.js';
import type { FaultRun } from './fault-run.js';
import type { Handling, SenderExtras } from './process-plans.js';

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
  /** Our handlers take a while; without it they end at once. */
  readonly handling?: Handling;
  /** Our consumers go by a clock that can be set (`run.clock`). */
  readonly ownClock?: boolean;
  /** Further options of the consumers' transport. */
  readonly consumerTransport?: Readonly<Record<string, unknown>>;
  /** Further options of the sender's transport. */
  readonly senderTransport?: Readonly<Record<string, unknown>>;
  /** What the sender does beside. */
  readonly sender?: (topic: string) => SenderExtras;
  /** How long a handler holds the event loop, in ms. */
  readonly blockMs?: number;
  /** Of the topic, where it has such. */
  readonly partitions?: number;
  /** The share of the events of a run that is sent. Default: 1. */
  readonly share?: number;
  /** How many events of a run may have to be sent again, as a share of all. */
  readonly mostSentAgain?: number;
  /** How many lines of errors a sender may write. */
  readonly mostErrorLines?: number;
  /** Before anything is sent. */
  before?(broker: Bus): Promise<void>;
  /** Further options of the consumers' bus. */
  readonly consumerBus?: Readonly<Record<string, unknown>>;
  /** Each event whose number is a multiple of this fails in its first tries. */
  readonly failing?: number;
  faults(run: FaultRun<Bus>, times: number): Promise<void>;
}
