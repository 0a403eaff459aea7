class Odd extends Array<unknown> {
  override *[Symbol.iterator](): ArrayIterator<unknown> {
    for (;;) yield 'x';
  }
}

class LyingBytes extends Uint8Array {
  override get length(): number {
    return 40;
  }
}

class LyingDate extends Date {
  override getTime(): number {
    return 5;
  }
  override toISOString(): string {
    return 'whatever';
  }
}

const thrower = (): never => {
  // eslint-disable-next-line @typescript-eslint/only-throw-error -- what a caller's getter may do
  throw { not: 'an error' };
};

function revoked(target: object): object {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

function detached(): Uint8Array {
  const bytes = new Uint8Array(8);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return bytes;
}

function nested(depth: number): object {
  let value: object = {};
  for (let i = 0; i < depth; i++) value = i % 2 ? [value] : { value };
  return value;
}

function cyclic(): object {
  const value: Record<string, unknown> = {};
  value['self'] = value;
  return value;
}

function countingGetter(name: string): object {
  let reads = 0;
  return Object.defineProperty({}, name, { enumerable: true, get: () => `x${reads++}` });
}

/** Makers of values that a caller may pass, and that hardly fit anywhere. */
export const ABSURD: readonly (() => unknown)[] = [
  ...[
    undefined,
    null,
    true,
    false,
    0,
    -0,
    1,
    -1,
    1.5,
    NaN,
    Infinity,
    -Infinity,
    2 ** 53,
    -(2 ** 63),
  ],
  ...[
    2n ** 63n - 1n,
    2n ** 63n,
    -(2n ** 63n),
    0n,
    10n ** 400n,
    '',
    'x',
    '\ud800',
    'a\udc00b',
    '\0',
  ],
  ...['__proto__', 'constructor', '9'.repeat(30), 'ü'.repeat(3_000), '2024-02-30', '24:00'],
  ...['2024-05-07T08:09:10Z', '{6BA7B8109DAD11D180B400C04FD430C8}', 'course-v1:a+b+c\n', 'a/b/'],
  ...[Symbol('s'), Symbol.iterator, () => 1, /x/],
].map((value) => () => value);

const MADE: readonly (() => unknown)[] = [
  () => [],
  () => ({}),
  () => Object.assign([], { 1: 1 }),
  () => new Array(2 ** 32 - 1),
  () => Odd.from(['a', 'b']),
  () => new Map([['a', 1]]),
  () => new Set([1]),
  () => new Date(NaN),
  () => new Date(-1e14),
  () => new Date(1_700_000_000_123),
  () => new LyingDate(0),
  () => ({ [Symbol.toStringTag]: 'Date' }),
  () => new String('x'),
  () => new Number(1),
  () => new Boolean(false),
  () => Object(1n),
  () => Buffer.from('abc'),
  () => new LyingBytes(3),
  () => detached(),
  () => new Uint8Array(new SharedArrayBuffer(4)),
  () => new Float64Array(2),
  () => new DataView(new ArrayBuffer(2)),
  () => revoked({}),
  () => revoked([]),
  () => new Proxy({}, { get: thrower, ownKeys: thrower, getPrototypeOf: thrower }),
  () => new Proxy([], { get: (_, name) => (name === 'length' ? 1e12 : 'x') }),
  () => new Proxy([1], { get: (target, name) => (name === 'length' ? -1 : target[0]) }),
  () => Object.defineProperty({}, 'id', { enumerable: true, get: thrower }),
  () => Object.defineProperty([], '0', { enumerable: true, get: thrower }),
  () => countingGetter('name'),
  () => Object.create({ id: 1, name: 'inherited' }),
  () => Object.create(null),
  () => JSON.parse('{"__proto__": 1, "constructor": "c", "a": "b"}'),
  () => ({ then: (resolve: (value: unknown) => void) => resolve(1) }),
  () => ({ toJSON: thrower, valueOf: thrower, toString: thrower }),
  () => ({ [Symbol.toPrimitive]: thrower }),
  () => nested(20_000),
  () => cyclic(),
  () => Promise.resolve(1),
  () => new WeakMap(),
  () => new Error('e'),
];

/** One of them. */
export function absurdValue(below: (bound: number) => number): unknown {
  const at = below(ABSURD.length + MADE.length);
  return (ABSURD[at] ?? MADE[at - ABSURD.length]!)();
}
