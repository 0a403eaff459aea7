import {
  assertAllReceived,
  assertEachReceivedOnce,
  assertInOrder,
  compareIds,
} from '../../../lib/testing/index.js';

it('compares ids', () => {
  expect(compareIds(['1', '2', '3'], ['2', '2', '4'])).toEqual({
    missing: ['1', '3'],
    extra: ['4'],
    repeated: ['2'],
  });
});

it('reports missing and extra ids, and allows repeats', () => {
  expect(() => assertAllReceived(['1', '2'], ['2', '1', '2'])).not.toThrow();
  expect(() => assertAllReceived(['1', '2'], ['2', '3'])).toThrow('1 missing: 1; 1 extra: 3');
});

it('shortens long lists', () => {
  const many = Array.from({ length: 25 }, (_, n) => `id${n}`);
  expect(() => assertAllReceived(many, [])).toThrow(/25 missing: id0, .*id19, …; 0 extra$/);
});

it('reports repeats where each id may come once', () => {
  expect(() => assertEachReceivedOnce(['1', '2'], ['1', '2'])).not.toThrow();
  expect(() => assertEachReceivedOnce(['1', '2'], ['1', '2', '1'])).toThrow(
    '1 received more than once: 1',
  );
});

it('finds what is out of order, by key where there is one, and forgives redeliveries', () => {
  const keyOf = (id: string) => id[0]!;
  expect(() => assertInOrder(['1', '2', '3'], ['1', '2', '1', '2', '3'])).not.toThrow();
  expect(() => assertInOrder(['1', '2', '3'], ['2', '1', '3'])).toThrow(
    'position 0 is 2, expected 1',
  );
  expect(() => assertInOrder(['a1', 'b1', 'a2'], ['b1', 'a1', 'a2'], keyOf)).not.toThrow();
  expect(() => assertInOrder(['a1', 'b1', 'a2'], ['b1', 'a2', 'a1'], keyOf)).toThrow('for key a');
});
