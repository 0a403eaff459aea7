import { codecFor } from '../../../lib/codec/event-codec.js';
import { keyFieldOf } from '../../../lib/codec/key-field.js';
import { defineEvent } from '../../../lib/events/event-definition.js';
import * as f from '../../../lib/events/fields.js';

class Money {
  constructor(readonly cents: number) {}
}
const money = () =>
  f.custom<Money>('Money', 'long', {
    toWire: (value) => {
      if (!(value instanceof Money)) throw new Error('pass a Money');
      return value.cents;
    },
    fromWire: (cents: number) => {
      if (cents < 0) throw new Error(`no such amount: ${cents}`);
      return new Money(cents);
    },
  });

const PAID = defineEvent({
  type: 'org.example.paid.v1',
  data: {
    bill: f.record('Bill', {
      total: money(),
      tip: f.nullable(money()),
      parts: f.list(money()),
      fee: f.withDefault(money(), new Money(5)),
    }),
  },
});

describe('a field type of your own', () => {
  const codec = codecFor(PAID);
  const data = { bill: { total: new Money(7), parts: [new Money(1)] } };

  it('travels as its primitive type', () => {
    expect(codec.schema).toContain('{"name": "total", "type": "long"}');
    expect(codec.schema).toContain('{"default": null, "name": "tip", "type": ["null", "long"]}');
    expect(codec.encode(data).toString('hex')).toBe('0e000202000a');
  });

  it('comes back as its own type, and a copy may share it', () => {
    const decoded = codec.decode(codec.encode(data));
    expect(decoded).toEqual({
      bill: { total: new Money(7), tip: null, parts: [new Money(1)], fee: new Money(5) },
    });
    expect(decoded.bill.total).toBeInstanceOf(Money);
    expect(codec.copy(decoded)).toEqual(decoded);
    expect(codec.copy(decoded).bill.parts).not.toBe(decoded.bill.parts);
  });

  it('that refuses on sending is named with its path and its own words', () => {
    expect(() => codec.encode({ bill: { ...data.bill, total: 7 } } as never)).toThrow(
      /bill\.total: not a valid Money: pass a Money/,
    );
  });

  it('can be the key of its records, in its form on the wire', () => {
    const key = keyFieldOf(PAID, 'bill.total');
    expect(key).toMatchObject({ schema: '{"name": "total", "type": "long"}', problem: null });
    expect(key.read(data)).toBe(7);
    expect(key.read(codec.decode(codec.encode(data)))).toBe(7);
    expect(key.encodeKey!(key.read(data)).toString('hex')).toBe('0e');
    expect(keyFieldOf(PAID, 'bill.fee').read(data)).toBe(5);
  });

  it('that refuses a key leaves it as it is, to be refused there', () => {
    const key = keyFieldOf(PAID, 'bill.total');
    expect(key.read({ bill: { total: 'x' } })).toBe('x');
    expect(() => key.encodeKey!('x')).toThrow(/bill\.total: expected integer, got string/);
  });

  it('that gives what its primitive type does not take is refused', () => {
    expect(() => codec.encode({ bill: { ...data.bill, total: new Money(0.5) } })).toThrow(
      /bill\.total: not an integer/,
    );
  });

  it('that refuses a received value makes the record unusable, without the value in the message', () => {
    expect(() => codec.decode(Buffer.from('0e000201000a', 'hex'))).toThrow(
      expect.objectContaining({
        code: 'UNUSABLE_RECORD',
        message: expect.stringMatching(
          /^Unusable record: bill\.parts\[0\]: not a valid Money \(event [^-]*\)$/,
        ),
        cause: expect.objectContaining({ message: 'no such amount: -1' }),
      }),
    );
  });
});

describe('a field type that uses codecs itself', () => {
  const inner = codecFor(
    defineEvent({ type: 'org.example.inner.v1', data: { text: f.string(), n: f.long() } }),
  );
  const nested = f.custom<any>('Nested', 'bytes', {
    toWire: (value) => {
      if (value.again)
        outer.encode({ before: 'x'.repeat(50), value: { text: 'é', n: 1 }, after: 'y' });
      return inner.encode({ text: value.text, n: value.n });
    },
    fromWire: (bytes: Buffer) => {
      try {
        outer.decode(Buffer.of(0xff));
      } catch {
        // refused, in the middle of another decode
      }
      return inner.decode(bytes);
    },
  });
  const OUTER = defineEvent({
    type: 'org.example.outer.v1',
    data: { before: f.string(), value: nested, after: f.string() },
  });
  const outer = codecFor(OUTER);

  it('disturbs neither the bytes nor the value around it', () => {
    const plain = { before: 'before', value: { text: 'inner', n: 5 }, after: 'after' };
    const bytes = outer.encode({ ...plain, value: { ...plain.value, again: true } });
    expect(bytes.equals(outer.encode(plain))).toBe(true);
    expect(outer.decode(bytes)).toEqual(plain);
  });
});
