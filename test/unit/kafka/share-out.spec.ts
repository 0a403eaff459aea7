import { type Claim, shareOut } from '../../../lib/transport/kafka/kafkajs/cooperative-assigner.js';

const places = (count: number, topic = 't') =>
  Array.from({ length: count }, (_, partition) => ({ topic, partition }));
const claim = (member: string, held: readonly number[] = [], topics = ['t']): Claim => ({
  member,
  topics,
  held: held.map((partition) => ({ topic: 't', partition })),
});
const shares = (count: number, ...claims: Claim[]) =>
  Object.fromEntries(
    [...shareOut(places(count), claims)].map(([member, share]) => [
      member,
      share.map(({ partition }) => partition),
    ]),
  );

describe('sharing partitions out', () => {
  it('gives everything to the only member', () => {
    expect(shares(3, claim('a'))).toEqual({ a: [0, 1, 2] });
  });

  it('spreads what is free evenly', () => {
    expect(shares(5, claim('a'), claim('b'))).toEqual({ a: [0, 2, 4], b: [1, 3] });
  });

  it('leaves with each member what it holds', () => {
    expect(shares(4, claim('a', [1, 3]), claim('b', [0, 2]))).toEqual({ a: [1, 3], b: [0, 2] });
  });

  it('takes a surplus from its holder before another gets it', () => {
    const first = shares(4, claim('a', [0, 1, 2, 3]), claim('b'));
    expect(first).toEqual({ a: [0, 1], b: [] });
    expect(shares(4, claim('a', first.a), claim('b'))).toEqual({ a: [0, 1], b: [2, 3] });
  });

  it('moves nothing for a difference of one', () => {
    expect(shares(3, claim('a', [0, 1]), claim('b', [2]))).toEqual({ a: [0, 1], b: [2] });
    expect(shares(1, claim('a', [0]), claim('b'))).toEqual({ a: [0], b: [] });
  });

  it('gives what two members claim to neither, until one lets go', () => {
    expect(shares(2, claim('a', [0, 1]), claim('b', [0]))).toEqual({ a: [1], b: [] });
  });

  it('gives partitions to those only who read the topic', () => {
    expect(shares(2, claim('a', [], ['other']), claim('b'))).toEqual({ a: [], b: [0, 1] });
    expect(shares(2, claim('a', [0, 1], ['other']), claim('b'))).toEqual({ a: [], b: [0, 1] });
  });

  it('comes to rest: two rounds give each of ten members its part of 23 partitions', () => {
    let held = new Map<string, number[]>([['m0', Array.from({ length: 23 }, (_, n) => n)]]);
    const names = Array.from({ length: 10 }, (_, n) => `m${n}`);
    for (let round = 0; round < 2; round++)
      held = new Map(
        Object.entries(shares(23, ...names.map((name) => claim(name, held.get(name) ?? [])))),
      );
    const counts = names.map((name) => held.get(name)!.length);
    expect(counts.reduce((a, b) => a + b)).toBe(23);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
  });
});
