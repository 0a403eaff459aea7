import { BoundedMap } from '../../../lib/common/bounded-map.js';

const kept = <V>(map: BoundedMap<string, V>) =>
  ['a', 'b', 'c', 'd'].filter((key) => map.has(key)).join('');

it('forgets what was put into it first, and takes what is put again for new', () => {
  const map = new BoundedMap<string, number>({ entries: 2 });
  map.set('a', 1);
  map.set('b', 2);
  map.set('a', 3);
  map.set('c', 4);
  expect(kept(map)).toBe('ac');
  expect([map.get('a'), map.get('b'), map.size]).toEqual([3, undefined, 2]);
});

it('holds no more weight than it may, and nothing that weighs more than all', () => {
  const weigh = (_: string, text: string): number => text.length;
  const map = new BoundedMap<string, string>({ entries: 10, weight: 5, weigh });
  map.set('a', 'xx');
  map.set('b', 'xx');
  map.set('c', 'xx');
  expect(kept(map)).toBe('bc');
  map.set('b', 'x');
  map.set('d', 'xx');
  expect(kept(map)).toBe('bcd');
  expect([map.delete('c'), map.delete('c')]).toEqual([true, false]);
  map.set('a', 'xxxxxx');
  expect(kept(map)).toBe('');
  map.set('a', 'xxxxx');
  expect(kept(map)).toBe('a');
});
