/** Begins scenarios that mostly wait before the first test of a block; each test awaits its own. */
export function begun<T>(scenario: () => Promise<T>): () => Promise<T> {
  let result: Promise<T>;
  beforeAll(() => {
    result = scenario();
    result.catch(() => undefined);
  });
  afterAll(() => result.catch(() => undefined));
  return () => result;
}
