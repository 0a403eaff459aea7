/** Parts of a list, in order, each of at most so many items. */
export function* slicesOf<T>(all: readonly T[], most: number): Generator<readonly T[]> {
  for (let at = 0; at < all.length; at += most) yield all.slice(at, at + most);
}
