/** The latest time that a Date can have. */
const LATEST = 8.64e15;

/** A time in ms that a record bears; undefined where it bears none (-1), or what can be none. */
export function brokerTimeOf(ms: number): number | undefined {
  return ms >= 0 && ms <= LATEST ? ms : undefined;
}
