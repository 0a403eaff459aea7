/** An event that holds its number in `lms_user_id` and its key in `subsidy_identifier`. */
export const NUMBERED_TYPE = 'org.openedx.enterprise.subsidy.redeemed.v1';
/** What each of them holds besides, and no line of a log may show. `processes/` sends it too. */
export const CONTENT_KEY = 'course-v1:edX+DemoX+Demo_Course';

/** The data of one as JSON, with one key for all. */
export function numberedEvent(n: number): string {
  const redemption = { subsidy_identifier: 's', content_key: CONTENT_KEY, lms_user_id: n };
  return JSON.stringify({ redemption });
}

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
