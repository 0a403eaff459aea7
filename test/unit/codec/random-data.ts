import type { AnyFieldType } from '../../../lib/events/field-type.js';
import type { EventDefinition } from '../../../lib/events/event-definition.js';
import { bodyOf, fieldsOf, shapeOf } from '../../../lib/codec/avro/shape.js';

/** A reproducible source of integers below a bound (mulberry32). */
export function randomSource(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const PIECES = [
  'a',
  'Z',
  ' ',
  '"',
  '\n',
  '\0',
  'é',
  'ß',
  '日',
  '\uffff',
  '\ue000',
  '😀',
  '\u{10ffff}',
];
const DATES = [
  '2024-02-29T08:09:10',
  '2024-05-07T08:09:10.123456+00:00',
  '0001-01-01T00:00:00-05:30',
];
const TEXTS: Record<string, readonly string[]> = {
  datetime: DATES,
  uuid: ['6ba7b810-9dad-11d1-80b4-00c04fd430c8', '00000000-0000-0000-0000-000000000000'],
  courseKey: ['course-v1:OpenedX+DemoX+2026_T3', 'edX/DemoX/2024', 'course-v1:Ünï+日本+1'],
  usageKey: ['block-v1:a+b+c+type@html+block@x', 'lb:o:l:t:i', 'i4x://edX/DemoX/problem/a'],
  ccxKey: ['ccx-v1:a+b+c+ccx@1', 'ccx-v1:a+b+c+branch@d+ccx@22'],
  libraryKey: ['lib:edX:lib-1.2'],
  libraryUsageKey: ['lb:edX:lib:html:1'],
  libraryCollectionKey: ['lib-collection:edX:lib:c_1'],
  libraryContainerKey: ['lct:edX:lib:unit:u1'],
};

/** Random data of an event, in the form in which it is received: nothing left out, texts canonical. */
export function randomData(definition: EventDefinition, below: (bound: number) => number): any {
  const text = () =>
    Array.from({ length: below(below(4) ? 6 : 90) }, () => PIECES[below(PIECES.length)]).join('');
  const long = () => {
    const value = BigInt.asIntN(64, BigInt(below(2 ** 32)) << BigInt(below(64)));
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  };
  const value = (field: AnyFieldType): unknown => {
    const shape = shapeOf(field);
    switch (shape.kind) {
      case 'record':
        return Object.fromEntries(fieldsOf(shape).map(([name, of]) => [name, value(of)]));
      case 'list':
        return Array.from({ length: below(4) }, () => value(shape.items));
      case 'map':
        return Object.fromEntries(
          Array.from({ length: below(4) }, () => [text(), value(shape.values)]),
        );
      case 'optional':
        return shape.default === null && below(3) === 0 ? null : value(shape.of);
      case 'string':
        return text();
      case 'long':
        return long();
      case 'double':
        return [0, -0, 1.5, 1e308, 5e-324, Infinity, NaN, below(1000)][below(8)];
      case 'boolean':
        return below(2) === 1;
      default: {
        const texts = TEXTS[shape.kind]!;
        return texts[below(texts.length)];
      }
    }
  };
  return value(bodyOf(definition));
}
