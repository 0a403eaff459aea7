/** An event that holds its number in `lms_user_id` and its key in `subsidy_identifier`. */
export const NUMBERED_TYPE = 'org.openedx.enterprise.subsidy.redeemed.v1';
/** Event n has key n modulo this. */
export const KEYS = 64;

/** Nanoseconds on the clock that all processes of this machine share. */
export type Nanoseconds = bigint;

export function now(): Nanoseconds {
  return process.hrtime.bigint();
}

export function secondsBetween(from: Nanoseconds, to: Nanoseconds): number {
  return Number(to - from) / 1e9;
}
