import type { EventBusState } from './event-bus-state.js';

/** A verdict about a bus at one moment: plain data without event data or secrets. */
export interface EventBusHealth {
  /** `degraded`: something is wrong that ends by itself or needs a look; neither a restart nor fewer requests would help. */
  readonly status: 'up' | 'degraded' | 'down';
  /** Name of the bus. */
  readonly bus: string;
  /** What the bus is doing. */
  readonly state: EventBusState;
  /** What speaks against `up`, for people; empty where nothing does. */
  readonly reasons: readonly string[];
}

/** What counts as dead. Times are in ms. Every option may be left out. */
export interface LivenessOptions {
  /** A record that is stuck for longer, for no known reason, is cured by a restart alone. Default 600,000 (10 minutes). */
  readonly maxStalledMs?: number | undefined;
}

/** What counts as ready. Times are in ms. Every option may be left out. */
export interface ReadinessOptions {
  /**
   * For how long a partition or stream that is read here may have no record handled by all its handlers, counted from the
   * start of the bus at the earliest. For topics on which events always come. Default: as long as it likes.
   */
  readonly maxSilenceMs?: number | undefined;
  /**
   * How old the oldest record may be that a group has not acknowledged, in the partitions and streams that are read here; with
   * `consumersEnabled: false`, in all that the groups of the handlers read. The first call with it has the broker asked, from
   * then on every 15 s (`lagInterval` of the telemetry) until the bus stops, and not by the call itself: it compares with the
   * last answer. Until there is one, while the broker does not answer, and on transports that do not measure the lag, it
   * changes nothing. Topics on which records wait for later retries do not count. Default: any age.
   */
  readonly maxLagMs?: number | undefined;
}
