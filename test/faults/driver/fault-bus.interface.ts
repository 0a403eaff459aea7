import type { TcpProxy } from '../../support/tcp-proxy.js';

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
}

/** A technology that events travel by: what the fault runs need to know of it. */
export interface FaultBus {
  readonly name: string;
  start(options: BusOptions): Promise<RunningFaultBus>;
}

/** A broker of one fault run. Whoever started it stops it. */
export interface RunningFaultBus {
  /** A proxy in front of the broker; ends with it. */
  proxy(): Promise<TcpProxy>;
  transport(through: TcpProxy, member: string): TransportPlan;
  /** The reference's consumer, which writes the lines that `processes/consumer.mjs` does. */
  reference(through: TcpProxy, place: Place): Promise<ProgramPlan>;
  /** Kills the broker and starts it again with what it has on disk. */
  restart(): Promise<void>;
  /** As `restart`, after a power failure: what was not yet flushed to disk is gone. */
  loseUnflushed(): Promise<void>;
  /** What of a reply the broker's answer to a read, a settlement or a publish looks like. */
  readonly replies: Readonly<Record<'read' | 'settled' | 'published', RegExp>>;
  stop(): Promise<void>;
}
