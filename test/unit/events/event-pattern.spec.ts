import { ConfigurationError } from '../../../lib/errors/index.js';
import { assertPattern, isWildcard, matchesPattern } from '../../../lib/events/event-catalog.js';

describe('an event pattern', () => {
  it.each([
    ['a.b.v1', 'a.b.v1', true],
    ['a.b.v1', 'a.b.v10', false],
    ['a.b.v1', 'a.b.v1.x', false],
    ['a.*', 'a.b', true],
    ['a.*', 'a.b.c.v1', true],
    ['a.*', 'a', false],
    ['a.*', 'a.', false],
    ['a.*', 'ab.c', false],
    ['a.b.*', 'a.c.b.x', false],
    ['*', 'a', true],
    ['*', 'a.b.v1', true],
    ['*', '', false],
  ])('%s and %s: %s', (pattern, type, expected) => {
    expect(matchesPattern(pattern, type)).toBe(expected);
  });

  it.each(['a.b.v1', 'a.subsidy.redemption-reversed.v1', 'a.*', 'a.b.c.*', '*'])(
    'may be %s',
    (pattern) => expect(() => assertPattern(pattern)).not.toThrow(),
  );

  it.each(['', '.*', '*.a', 'a.*.b', 'a.b*', 'a*', '**', 'a.**', '*.*', 'a.*.*'])(
    'may not be "%s"',
    (pattern) => expect(() => assertPattern(pattern)).toThrow(ConfigurationError),
  );

  it('is told from the type of one event', () => {
    expect(['*', 'a.*', 'a.b', 'a.b*'].map(isWildcard)).toEqual([true, true, false, false]);
  });
});
