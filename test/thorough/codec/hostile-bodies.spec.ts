import { codecFor } from '../../../lib/codec/event-codec.js';
import { UnusableRecordError } from '../../../lib/errors/index.js';
import { defineEvent } from '../../../lib/events/event-definition.js';
import type { AnyFieldType } from '../../../lib/events/field-type.js';
import * as f from '../../../lib/events/fields.js';
import { randomSource } from '../../unit/codec/random-data.js';

let events = 0;
const codecOf = (value: AnyFieldType) =>
  codecFor(defineEvent({ type: `org.example.hostile${++events}.v1`, data: { value } }));

function refusalOf(field: AnyFieldType, body: Buffer): string {
  const codec = codecOf(field);
  const started = process.cpuUsage();
  try {
    codec.decode(body);
  } catch (error) {
    expect(error).toBeInstanceOf(UnusableRecordError);
    // Of the processor: others may have it.
    expect(process.cpuUsage(started).user).toBeLessThan(2_000_000);
    return (error as Error).message;
  }
  throw new Error('was not refused');
}

const hex = (text: string) => Buffer.from(text, 'hex');
const longs = f.list(f.long());
const TRUNCATED = 'the body ends before the event is complete';
const TOO_MANY = 'a list or map states more items than there are bytes left';

describe('a body that lies about its length', () => {
  it.each<[string, AnyFieldType, Buffer, string]>([
    ['nothing at all', f.string(), hex(''), `value: ${TRUNCATED}`],
    ['5 bytes that claim 2^24 items', longs, hex('8080801000'), `value: ${TOO_MANY}`],
    ['a count of 2^62', longs, hex('ffffffffffffffff7f'), 'value: a length of more than 35 bits'],
    [
      'a count of the smallest long',
      longs,
      hex('ffffffffffffffffff0100'),
      'value: a length of more than 35 bits',
    ],
    ['2^24 entries of a map', f.map(f.string()), hex('8080801000'), `value: ${TOO_MANY}`],
    ['a text of 2^30 bytes', f.string(), hex('808080800861'), `value: ${TRUNCATED}`],
    ['a text of -1 bytes', f.string(), hex('01'), 'value: negative length'],
    [
      'a length without an end',
      f.string(),
      hex('ffffffffffffffffffffffff'),
      'value: a length of more than 35 bits',
    ],
    ['half a double', f.double(), hex('00000000'), `value: ${TRUNCATED}`],
    ['bytes beyond the end', f.bytes(), hex('0a00'), `value: ${TRUNCATED}`],
    [
      'an integer without an end',
      f.long(),
      Buffer.alloc(64, 0xff),
      'value: an integer of more than 64 bits',
    ],
    ['an integer that is cut', f.long(), hex('ff'), `value: ${TRUNCATED}`],
    [
      'a union without such a branch',
      f.record('R', { x: f.nullable(f.long()) }),
      hex('0402'),
      'value.x: invalid union branch',
    ],
    ['one byte too many', f.boolean(), hex('0100'), 'bytes follow the end of the event'],
    ['an item that is cut', longs, hex('0602'), `value: ${TOO_MANY}`],
    ['the third item', f.list(f.string()), hex('06026102620a63'), `value[2]: ${TRUNCATED}`],
    ['the second entry', f.map(f.boolean()), hex('040261010a62'), `value[entry 2]: ${TRUNCATED}`],
  ])('%s', (_, field, body, reason) => {
    expect(refusalOf(field, body)).toContain(`Unusable record: ${reason} (event `);
  });

  it.each([
    ['blocks of one', Buffer.alloc(1 << 20, 2)],
    ['a count of all', Buffer.concat([hex('80808001'), Buffer.alloc(1 << 20, 1)])],
    [
      'blocks that claim everything',
      Buffer.from(Array.from({ length: 1 << 20 }, (_, i) => (i % 3 < 2 ? 0xfe : 1))),
    ],
  ])('a mebibyte of %s ends soon', (_, body) => {
    refusalOf(longs, body);
    refusalOf(f.map(f.list(f.string())), body);
  });
});

describe('invalid UTF-8', () => {
  const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const codec = codecOf(f.string());
  const framed = (text: Buffer) =>
    Buffer.concat([
      text.length < 64
        ? Buffer.of(text.length * 2)
        : Buffer.of(((text.length * 2) & 127) | 128, text.length >> 6),
      text,
    ]);

  it('is refused exactly where a strict decoder refuses it', () => {
    const below = randomSource(4);
    const seeds = ['é', '日', '😀', 'a', '\ufffd', '\ufeff', '\0'].map((text) => Buffer.from(text));
    let valid = 0;
    let invalid = 0;
    for (let i = 0; i < 50_000; i++) {
      let text = Buffer.concat(Array.from({ length: below(6) }, () => seeds[below(seeds.length)]!));
      for (let change = below(3); change > 0 && text.length > 0; change--)
        text[below(text.length)] = below(256);
      if (below(5) === 0) text = text.subarray(0, below(text.length + 1));
      if (below(10) === 0) text = Buffer.concat([Buffer.alloc(70, 'a'), text]);
      let ours: unknown;
      let theirs: unknown;
      try {
        ours = (codec.decode(framed(text)) as { value: unknown }).value;
      } catch (error) {
        if (!(error instanceof UnusableRecordError)) throw error;
      }
      try {
        theirs = strict.decode(text);
      } catch {
        invalid++;
      }
      if (ours !== theirs) throw new Error(`differs: ${text.toString('hex')}`);
      if (ours !== undefined) valid++;
    }
    expect(valid).toBeGreaterThan(1000);
    expect(invalid).toBeGreaterThan(1000);
  });

  it('is told with its path', () => {
    expect(refusalOf(f.string(), hex('06edA080'))).toContain('value: invalid UTF-8');
  });
});

describe('a body', () => {
  it('may be any Uint8Array, also a part of a larger one', () => {
    const codec = codecOf(f.string());
    const whole = new Uint8Array([9, 9, 4, 0x61, 0x62, 9]);
    expect(codec.decode(whole.subarray(2, 5))).toEqual({ value: 'ab' });
  });

  it('is not kept: what was decoded does not change with it', () => {
    const codec = codecOf(f.record('R', { raw: f.bytes(), text: f.string() }));
    const body = codec.encode({ value: { raw: Buffer.of(1, 2), text: 'x' } });
    const data = codec.decode(body);
    body.fill(0xff);
    expect(data).toEqual({ value: { raw: Buffer.of(1, 2), text: 'x' } });
  });

  it('beyond what is read as one text comes out the same', () => {
    const codec = codecOf(f.list(f.string()));
    const value = Array.from({ length: 600 }, (_, i) => `item ${i} é`.slice(0, 5 + (i % 7)));
    expect(codec.decode(codec.encode({ value }))).toEqual({ value });
  });

  it('that is refused leaves nothing of its text in the message', () => {
    expect(refusalOf(f.courseKey(), hex('0c534543524554'))).not.toContain('SECRET');
  });
});
