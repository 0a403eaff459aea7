interface Wrapper {
  /** Kept by wrappers that are made with shimmer, as those of OpenTelemetry are. */
  readonly __original?: unknown;
}

/** Gives an object the function back that instrumentations have wrapped. */
export function unwrap<K extends string>(object: Record<K, unknown>, method: K): void {
  let fn = object[method];
  for (;;) {
    const { __original: original } = fn as Wrapper;
    if (typeof original !== 'function') break;
    fn = original;
  }
  object[method] = fn;
}

/** A copy whose member stays as it is: those who are told of a call may replace members of its arguments. */
export function withFixed<T extends object>(object: T, member: keyof T): T {
  const value = object[member];
  const ignore = (): void => undefined;
  return Object.defineProperty({ ...object }, member, { get: () => value, set: ignore });
}
