import { codecFor } from '../../../lib/codec/event-codec.js';
import { defineEvent } from '../../../lib/events/event-definition.js';
import * as f from '../../../lib/events/fields.js';
import { randomSource } from '../../unit/codec/random-data.js';

const codec = codecFor(
  defineEvent({
    type: 'org.example.many.v1',
    data: { course: f.courseKey(), block: f.usageKey(), text: f.string() },
  }),
);

describe('many events, one after the other', () => {
  it('have bytes of their own, whatever their size', () => {
    const below = randomSource(6);
    const sent = Array.from({ length: 2000 }, (_, i) => {
      const data = {
        course: `course-v1:org+c${below(300)}+run`,
        block: `lb:o:l:html:${below(300)}`,
        text: 'é'.repeat(i % 100 === 0 ? 40_000 : below(300)),
      };
      return { data, bytes: codec.encode(data) };
    });
    for (const { data, bytes } of sent) expect(codec.decode(bytes)).toEqual(data);
    sent[0]!.bytes.fill(0xff);
    expect(codec.decode(sent[1]!.bytes)).toEqual(sent[1]!.data);
  });

  it('are each checked, though their keys look like the last ones', () => {
    const good = 'course-v1:org+c+run';
    const encode = (course: string) => codec.encode({ course, block: 'lb:o:l:t:i', text: '' });
    const body = encode(good);
    for (const bad of [
      '',
      'n',
      ' ',
      'course-v1:org+c run',
      'course-v1 org+c+run',
      good.replace('v', 'w'),
    ]) {
      encode(good);
      codec.decode(body);
      expect(() => encode(bad)).toThrow(/course: not a valid course key/);
      const length = Buffer.of(bad.length * 2);
      const wrong = Buffer.concat([length, Buffer.from(bad), body.subarray(1 + good.length)]);
      expect(() => codec.decode(wrong)).toThrow(/course: not a valid course key/);
    }
    expect(encode(good).equals(body)).toBe(true);
  });

  it('may fail in between', () => {
    const data = { course: 'course-v1:a+b+c', block: 'lb:o:l:t:i', text: 'x' };
    const bytes = codec.encode(data).toString('hex');
    for (let i = 0; i < 500; i++) {
      expect(() => codec.encode({ ...data, text: 5 } as never)).toThrow();
      expect(() => codec.encode({ ...data, text: 'a'.repeat(20_000) + '\ud800' })).toThrow();
      expect(codec.encode(data).toString('hex')).toBe(bytes);
    }
  });
});
