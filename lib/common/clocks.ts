const origin = performance.timeOrigin;

/**
 * Whole milliseconds since the epoch by a clock that nobody sets: it takes the system time once, when the process starts,
 * and from then on moves only forward and evenly. Deadlines and durations are measured by it, so that setting the
 * system clock ends no deadline early and prolongs none.
 */
export function monotonicNow(): number {
  return Math.floor(origin + performance.now());
}

/** Milliseconds since the epoch by the system clock: for times that are shown, sent or compared with a broker's. */
export function systemNow(): number {
  // eslint-disable-next-line no-restricted-properties -- the one place
  return Date.now();
}
