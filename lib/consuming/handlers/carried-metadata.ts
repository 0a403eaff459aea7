/** Nest's keys of guards, interceptors, pipes and filters; the values are lists. */
export const ENHANCERS: ReadonlySet<unknown> = new Set([
  '__guards__',
  '__interceptors__',
  '__pipes__',
  '__exceptionFilters__',
]);

/** What a compiler or Nest's injector says of one class, which is true of no other. */
const OF_ONE_CLASS = /^(design|self):/u;

/** Under this key a function says which handler it is. It is said on purpose, and not carried. */
export const HANDLER = Symbol.for('nestjs-openedx-event-bus:handler');

/**
 * Says of `to` what decorators said of `from`, where `to` took the place of `from`. What is said of `to` already
 * stands; enhancers of both are joined, those of `from` first, as Nest orders those of decorators from below.
 */
export function carryMetadata(
  from: object,
  to: object,
  keys: Iterable<unknown> = Reflect.getOwnMetadataKeys(from),
): void {
  if (from === to) return;
  for (const key of keys) {
    if (key === HANDLER || (typeof key === 'string' && OF_ONE_CLASS.test(key))) continue;
    const said: unknown = Reflect.getOwnMetadata(key, from);
    if (said === undefined) continue;
    const known: unknown = Reflect.getOwnMetadata(key, to);
    if (known === undefined) Reflect.defineMetadata(key, said, to);
    else if (ENHANCERS.has(key)) {
      const missing = (said as unknown[]).filter((one) => !(known as unknown[]).includes(one));
      if (missing.length) Reflect.defineMetadata(key, [...missing, ...(known as unknown[])], to);
    }
  }
}
