let scenarios: (() => Promise<unknown>)[] | undefined;

/** Runs scenarios that mostly wait side by side, before the first test of a file; each test looks at its own. */
export function begun<T>(scenario: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  if (!scenarios) {
    const all: (() => Promise<unknown>)[] = (scenarios = []);
    beforeAll(() => Promise.allSettled(all.map((begin) => begin())), 120_000);
  }
  scenarios.push(() => (result = scenario()));
  return () => result!;
}
