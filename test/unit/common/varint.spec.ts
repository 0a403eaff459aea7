import { readUnsigned, zigzagBytes, zigzagSize } from '../../../lib/common/varint.js';

/** Examples of the Avro specification, and the ends of each size and form. */
const known: [number | bigint, string][] = [
  [0, '00'],
  [-1, '01'],
  [1, '02'],
  [-2, '03'],
  [-64, '7f'],
  [64, '8001'],
  [2 ** 31, '8080808010'],
  [-(2 ** 31) - 1, '8180808010'],
  [2 ** 52 - 1, 'feffffffffffff0f'],
  [2 ** 52, '8080808080808010'],
  [-(2 ** 53) + 1, 'fdffffffffffff1f'],
  [2n ** 63n - 1n, 'feffffffffffffffff01'],
  [-(2n ** 63n), 'ffffffffffffffffff01'],
];

it('integers are written in zigzag form, seven bits a byte', () => {
  expect(known.map(([value]) => zigzagBytes(value).toString('hex'))).toEqual(
    known.map(([, hex]) => hex),
  );
  const small = known.filter(([value]) => Math.abs(Number(value)) < 2 ** 52);
  expect(small.map(([value]) => zigzagSize(Number(value)) * 2)).toEqual(
    small.map(([, hex]) => hex.length),
  );
});

it('an unsigned integer is read to its end, and not behind five bytes or the end', () => {
  const bytes = Buffer.from('ffac02ffffffff0f8080808080', 'hex');
  expect(readUnsigned(bytes, 1, 3)).toEqual({ value: 300, end: 3 });
  expect(readUnsigned(bytes, 1, 2)).toBeUndefined();
  expect(readUnsigned(bytes, 3, bytes.length)).toEqual({ value: 2 ** 32 - 1, end: 8 });
  expect(readUnsigned(bytes, 8, bytes.length)).toBeUndefined();
  expect(readUnsigned(bytes, 13, bytes.length)).toBeUndefined();
});
