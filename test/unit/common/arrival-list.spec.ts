import { ArrivalList } from '../../../lib/common/arrival-list.js';

interface Item {
  readonly number: number;
}

const items = (count: number): Item[] => Array.from({ length: count }, (_, number) => ({ number }));
const numbers = (list: ArrivalList<Item>): number[] => [...list].map(({ number }) => number);

describe('ArrivalList', () => {
  it('has what was added, in that order, until it is deleted', () => {
    const list = new ArrivalList<Item>();
    const [a, b, c] = items(3) as [Item, Item, Item];
    for (const item of [a, b, c]) list.add(item);
    expect(list.delete(b)).toBe(true);
    expect(list.delete(b)).toBe(false);
    expect([a, b, c].map((item) => list.has(item))).toEqual([true, false, true]);
    list.add(b);
    expect(numbers(list)).toEqual([0, 2, 1]);
    expect(list.size).toBe(3);
  });

  it('keeps the order where it grows in the middle of its ring', () => {
    const list = new ArrivalList<Item>();
    const all = items(100);
    for (const item of all.slice(0, 16)) list.add(item);
    for (const item of all.slice(0, 10)) list.delete(item);
    for (const item of all.slice(16)) list.add(item);
    expect(numbers(list)).toEqual(all.slice(10).map(({ number }) => number));
  });

  it('is as a Set through any adding and deleting', () => {
    const list = new ArrivalList<Item>();
    const set = new Set<Item>();
    const all = items(200);
    let seed = 1;
    const next = (below: number): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    for (let step = 0; step < 5_000; step++) {
      const item = all[next(step % 1_000 < 500 ? 200 : 40)]!;
      if (!set.has(item) && next(3) > 0) {
        set.add(item);
        list.add(item);
      } else {
        expect(list.delete(item)).toBe(set.delete(item));
      }
      expect(list.size).toBe(set.size);
    }
    expect([...list]).toEqual([...set]);
  });

  it('is empty again when all was deleted', () => {
    const list = new ArrivalList<Item>();
    const all = items(40);
    for (const item of all) list.add(item);
    for (const item of all.toReversed()) list.delete(item);
    expect(list.size).toBe(0);
    expect([...list]).toEqual([]);
  });
});
