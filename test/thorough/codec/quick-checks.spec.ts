import { formatOf } from '../../../lib/codec/avro/text-formats.js';
import type { TextKind } from '../../../lib/events/field-type.js';
import { randomSource } from '../../unit/codec/random-data.js';

const EXAMPLES: Record<TextKind, readonly string[]> = {
  datetime: [
    '2024-05-07T08:09:10.123456+00:00',
    '2024-02-29T08:09:10',
    '2023-02-29T08:09:10+05:30',
    '2024-05-07T08:09:10.000000+00:00',
    '2024-05-07T08:09:10-00:00',
    '9999-12-31T23:59:59.999999-23:59',
  ],
  uuid: ['6ba7b811-9dad-11d1-80b4-00c04fd430c8'],
  courseKey: ['course-v1:OpenedX+DemoX+2026_T3', 'course-v1:a.b+c~d+e:f'],
  usageKey: ['block-v1:a+b+c+type@html+block@x', 'lb:o:l.1:t:i-1'],
  ccxKey: ['ccx-v1:a+b+c+ccx@12'],
  libraryKey: ['lib:edX:lib-1.2'],
  libraryUsageKey: ['lb:edX:lib_1:html:1'],
  libraryCollectionKey: ['lib-collection:edX:lib:c_1'],
  libraryContainerKey: ['lct:edX:lib:unit:u1'],
};
const CHARACTERS = '0123456789-:.T+Zabcdefxv@%~_/ \né';

describe.each(Object.entries(EXAMPLES) as [TextKind, readonly string[]][])(
  'the quick check of a %s',
  (kind, examples) => {
    const { isPlain, canonical } = formatOf(kind);
    const quick = (text: string) => {
      const bytes = Buffer.from(` ${text} `);
      return isPlain(bytes, 1, bytes.length - 1);
    };

    it('knows the usual form', () => {
      expect(examples.some(quick)).toBe(true);
    });

    it('never takes what the authority refuses or would write in another form', () => {
      const below = randomSource(5);
      let taken = 0;
      for (let i = 0; i < 40_000; i++) {
        const text = [...examples[i % examples.length]!];
        for (let change = below(4); change > 0; change--) {
          const at = below(text.length);
          const character = CHARACTERS[below(CHARACTERS.length)]!;
          text.splice(at, below(2), ...(below(4) === 0 ? [] : [character]));
        }
        const whole = text.join('');
        if (!quick(whole)) continue;
        taken++;
        if (canonical(whole) !== whole) throw new Error(`took ${JSON.stringify(whole)}`);
      }
      expect(taken).toBeGreaterThan(1000);
    });

    it('ends where the text ends', () => {
      for (const example of examples.filter(quick)) {
        const bytes = Buffer.from(example + example);
        expect(isPlain(bytes, 0, example.length)).toBe(true);
        expect(isPlain(bytes, 0, bytes.length)).toBe(false);
        expect(isPlain(bytes, 0, 0)).toBe(false);
      }
    });
  },
);
