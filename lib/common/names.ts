/** `a, b or c`: the values that are allowed, in a message. */
export function anyOf(names: readonly string[]): string {
  if (names.length < 2) return names.join('');
  return `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}

/** ` (did you mean a or b?)`, to be put after a message about an unknown name; '' where no name is like it. */
export function didYouMean(wanted: string, names: readonly string[], mostLetters?: number): string {
  const near = nearMatches(wanted, names, mostLetters);
  return near.length ? ` (did you mean ${anyOf(near)}?)` : '';
}

const MOST = 3;

/**
 * The names nearest to `wanted`, best first: those that a slip of the keyboard would explain, without those that are more
 * than twice as far as the best. `mostLetters`: in how many letters they may differ; by default it depends on the length.
 */
export function nearMatches(
  wanted: string,
  names: readonly string[],
  mostLetters = Math.max(Math.min(3, Math.ceil(wanted.length / 3)), Math.ceil(wanted.length / 5)),
): readonly string[] {
  const limit = Math.min(mostLetters, wanted.length - 1);
  const near = names
    .filter((name) => Math.abs(name.length - wanted.length) <= limit)
    .map((name) => ({ name, distance: editDistance(wanted, name) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, MOST);
  const best = near[0]?.distance ?? 0;
  return near.filter(({ distance }) => distance <= 2 * best).map(({ name }) => name);
}

/** Levenshtein's distance. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(substituted, previous[j]! + 1, current[j - 1]! + 1));
    }
    previous = current;
  }
  return previous[b.length]!;
}
