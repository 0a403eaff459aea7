import type { BrokerPath } from './broker-path.js';

/** How a process of ours makes its transport: `lib/<module>` exports `factory`, which takes `options`. */
export interface TransportPlan {
  readonly module: string;
  readonly factory: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** A program and its arguments. */
export interface ProgramPlan {
  readonly program: string;
  readonly args: readonly string[];
}

export interface Place {
  readonly topic: string;
  readonly group: string;
  readonly member: string;
}

export interface BusOptions {
  /** `always`: what is confirmed is on disk. `everySecond`: the usual default. */
  readonly durability: 'always' | 'everySecond';
  /** Events that a topic keeps. */
  readonly keep: number;
  /** Where a broker is a cluster. Default: as many as a cluster usually has. */
  readonly servers?: 1 | 3;
}

/** Who goes to the broker on a path of their own: our consumers, the reference's, and the sender. */
export type Party = 'consumers' | 'reference' | 'sender';

/** A technology that events travel by: what the fault runs need to know of it. */
export interface FaultBus<Running extends RunningFaultBus = RunningFaultBus> {
  readonly name: string;
  start(options: BusOptions): Promise<Running>;
}

/** A broker of one fault run. Whoever started it stops it. */
export interface RunningFaultBus {
  /** Each way to the broker; ends with it. */
  readonly paths: Readonly<Record<Party, BrokerPath>>;
  /** What of a reply the broker's answer to a read, a settlement or a publish looks like. */
  readonly replies: Readonly<Record<'read' | 'settled' | 'published', RegExp>>;
  /** How long the reference may be silent, in ms, before it comes back from a fault. */
  readonly referenceSilenceMs: number;
  /** Has the topic ready, where that is not done by the first who writes to it. */
  makeTopic(topic: string, partitions?: number): Promise<void>;
  transport(party: Party, member: string): TransportPlan;
  /** The reference's consumer, which writes the lines that `processes/consumer.mjs` does. */
  reference(place: Place): Promise<ProgramPlan>;
  /** Kills a server of the broker and starts it again with what it has on disk. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}
