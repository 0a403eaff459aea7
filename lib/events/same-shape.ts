/**
 * Whether two shapes, made of plain objects, are the same all the way down, field order included. Each
 * pair of parts is compared once: `compared` has those that are, or are about to be.
 */
export function sameShape(
  a: unknown,
  b: unknown,
  compared = new Map<object, Set<object>>(),
): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const others = compared.get(a) ?? new Set<object>();
  compared.set(a, others);
  if (others.has(b)) return true;
  others.add(b);
  const left = Object.entries(a);
  const right = Object.entries(b);
  return (
    left.length === right.length &&
    left.every(
      ([key, value], i) => key === right[i]?.[0] && sameShape(value, right[i]?.[1], compared),
    )
  );
}
