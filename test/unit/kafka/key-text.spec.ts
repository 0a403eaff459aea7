import { frame } from '../../../lib/transport/kafka/wire/confluent-frame.js';
import { encodeKey, keyText } from '../../../lib/transport/kafka/wire/kafka-wire-format.js';

const framed = (value: unknown, type: string) =>
  frame(7, encodeKey({ value, schema: JSON.stringify({ name: 'k', type }) }).body);

describe('the text of a key on Kafka', () => {
  it.each([
    'a',
    'course-v1:edX+DemoX+2024',
    'ключ',
    'x'.repeat(63),
    'x'.repeat(64),
    'é'.repeat(9_000),
  ])('is what was sent: %s', (text) => expect(keyText(framed(text, 'string'))).toBe(text));

  it.each([
    ['a long', framed(5, 'long')],
    ['a negative long', framed(-1, 'long')],
    ['a boolean', framed(false, 'boolean')],
    ['a double', framed(1.5, 'double')],
    ['no frame', Buffer.from('plain')],
    ['nothing', Buffer.alloc(0)],
    ['a frame without a body', frame(7, Buffer.alloc(0))],
    ['a text that is cut off', framed('text', 'string').subarray(0, -1)],
    ['bytes behind a text', Buffer.concat([framed('text', 'string'), Buffer.from('x')])],
    ['damaged UTF-8', frame(7, Buffer.from([2, 0xff]))],
    ['a length without end', frame(7, Buffer.alloc(9, 0xff))],
  ])('is not found in %s', (_, key) => expect(keyText(key)).toBeUndefined());
});
