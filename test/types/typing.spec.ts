import { caseNames, compileCases, type CompiledCase } from './compile-cases.js';

describe('what the compiler says to users', () => {
  let cases: ReadonlyMap<string, CompiledCase>;
  beforeAll(() => {
    cases = compileCases();
  }, 120_000);

  it.each(caseNames)('%s: accepts and refuses as written there, and says why', (name) => {
    const { expected, found } = cases.get(name)!;
    const places = (complaints: CompiledCase['found']) =>
      complaints.map(({ line, code }) => `line ${line}: TS${code}`);
    expect(places(found)).toEqual(places(expected));
    found.forEach(({ message }, i) => expect(message).toContain(expected[i]!.message));
  });

  it('no message is longer than a screen', () => {
    for (const { found } of cases.values()) {
      for (const { message } of found) expect(message.split('\n').length).toBeLessThan(25);
    }
  });
});
