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
