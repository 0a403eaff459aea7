import { murmur2, PARTITIONERS } from '../../../lib/transport/kafka/partitioner.js';

describe.each(['librdkafka', 'java'] as const)('the partitioner %s', (name) => {
  const partitionOf = PARTITIONERS[name];
  const drawn = (...args: [Uint8Array | null, number, number[]?]) =>
    new Set(Array.from({ length: 400 }, () => partitionOf(...args)));

  it('spreads records without a key over all partitions', () => {
    expect(drawn(null, 4)).toEqual(new Set([0, 1, 2, 3]));
    expect(drawn(null, 1)).toEqual(new Set([0]));
  });

  it('sends records without a key to available partitions only, where some are named', () => {
    expect(drawn(null, 6, [1, 4])).toEqual(new Set([1, 4]));
    expect(drawn(null, 3, [])).toEqual(new Set([0, 1, 2]));
  });

  it('keeps a key on its partition whichever are available', () => {
    const key = Buffer.from('foobob');
    const place = partitionOf(key, 12);
    expect(drawn(key, 12, [(place + 1) % 12])).toEqual(new Set([place]));
  });

  it('reads a key where it lies in a larger buffer', () => {
    const key = Uint8Array.from(Buffer.from('..course-v1:edX+DemoX+2024..')).subarray(3, 22);
    expect(partitionOf(key, 1000)).toBe(partitionOf(Uint8Array.from(key), 1000));
  });
});

describe('a key without bytes', () => {
  const empty = new Uint8Array();

  it('is no key for librdkafka', () => {
    const drawn = Array.from({ length: 200 }, () => PARTITIONERS.librdkafka(empty, 4));
    expect(new Set(drawn).size).toBe(4);
  });

  it('is a key like others for the Java clients', () => {
    const drawn = Array.from({ length: 200 }, () => PARTITIONERS.java(empty, 4));
    expect(new Set(drawn)).toEqual(new Set([(murmur2(empty) & 0x7fffffff) % 4]));
  });
});

// The values that Kafka's own test of its Java hash holds.
it.each([
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
])('murmur2 of %s is that of Java', (text, hash) => {
  expect(murmur2(Buffer.from(text))).toBe(hash);
});
