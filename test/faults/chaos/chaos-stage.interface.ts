import type { BrokerPath } from '../driver/broker-path.js';
import type { TransportPlan } from '../driver/fault-bus.interface.js';
import type { ChaosSetting, FaultKind } from './chaos-plan.js';

/** A broker of one chaos run, with a way of its own for each party. Whoever started it stops it. */
export interface ChaosStage {
  transport(party: string): TransportPlan;
  /** Undefined where there is none: the broker lives in the process. */
  path(party: string): BrokerPath | undefined;
  stop(): Promise<void>;
}

/** A technology under chaos. */
export interface ChaosTransport<Stage extends ChaosStage = ChaosStage> {
  readonly name: string;
  /** Numbers of members to draw from. */
  readonly members: readonly number[];
  readonly kinds: readonly FaultKind<Stage>[];
  /** Events sent a second. */
  readonly perSecond: number;
  /** All members and the sender are in one process. */
  readonly together?: boolean;
  /** Whether order per key (and partition) is promised. */
  isOrdered(setting: ChaosSetting): boolean;
  /** The topic is there when it resolves. */
  start(setting: ChaosSetting, topic: string): Promise<Stage>;
}
