import 'reflect-metadata';
import { ValidationPipe } from '@nestjs/common';
import type { OpaqueKeyKind } from '../../../lib/events/field-type.js';
import { isOpaqueKey, keyGrammars } from '../../../lib/events/keys/key-grammars.js';
import { KEYS } from '../../unit/events/key-texts.js';
import { InvalidKeyError } from '../../../lib/errors/index.js';
import {
  CcxKey,
  CourseKey,
  LibraryCollectionKey,
  LibraryContainerKey,
  LibraryKey,
  LibraryUsageKey,
  UsageKey,
} from '../../../lib/events/keys/index.js';

describe('CourseKey.parse', () => {
  it('gives the text back', () => {
    const key: CourseKey = CourseKey.parse('course-v1:edX+DemoX+2024');
    expect(key).toBe('course-v1:edX+DemoX+2024');
  });

  it('refuses a text that is no course key, naming the kind and not the text', () => {
    expect(() => CourseKey.parse('course-v1:secret person')).toThrow(InvalidKeyError);
    expect(() => CourseKey.parse('course-v1:secret person')).toThrow(/^Not a valid CourseKey$/);
  });

  it('refuses what is no text', () => {
    expect(() => CourseKey.parse(undefined as never)).toThrow(InvalidKeyError);
    expect(() => CourseKey.parts(7 as never)).toThrow(InvalidKeyError);
    expect(CourseKey.is(null)).toBe(false);
  });
});

describe('the parts of a key', () => {
  const none = { branch: null, version: null, ccx: null };

  it.each([
    ['course-v1:a+b+c', { form: 'course', org: 'a', course: 'b', run: 'c', ...none }],
    ['library-v1:a+b', { form: 'library', org: 'a', course: 'b', run: 'library', ...none }],
    ['a/b/c', { form: 'legacy', org: 'a', course: 'b', run: 'c', ...none }],
    [
      'course-v1:a+b+c+branch@d+version@519665f6223ebd6980884f2b',
      {
        form: 'course',
        org: 'a',
        course: 'b',
        run: 'c',
        branch: 'd',
        version: '519665f6223ebd6980884f2b',
        ccx: null,
      },
    ],
    [
      'course-v1:version@519665f6223ebd6980884f2b',
      {
        form: 'course',
        org: null,
        course: null,
        run: null,
        branch: null,
        version: '519665f6223ebd6980884f2b',
        ccx: null,
      },
    ],
  ])('%s', (text, parts) => expect(CourseKey.parts(text)).toEqual(parts));

  it('name the number of a custom course', () => {
    expect(CcxKey.parts('ccx-v1:a+b+c+ccx@7')).toMatchObject({ form: 'ccx', run: 'c', ccx: '7' });
    expect(CourseKey.parts('ccx-v1:a+b+c+ccx@7')).toMatchObject({ ccx: '7' });
  });

  it.each([
    ['block-v1:a+b+c+type@t+block@x', 'block', 'a', 'b', 'c', 't', 'x'],
    ['lib-block-v1:a+b+type@t+block@x', 'libraryBlock', 'a', 'b', 'library', 't', 'x'],
    ['ccx-block-v1:a+b+c+ccx@1+type@t+block@x', 'ccxBlock', 'a', 'b', 'c', 't', 'x'],
    ['lb:a:b:t:x', 'library', 'a', 'b', null, 't', 'x'],
    ['location:a+b+c+t+x', 'location', 'a', 'b', 'c', 't', 'x'],
    ['i4x://a/b/t/x', 'legacy', 'a', 'b', null, 't', 'x'],
  ])('%s', (text, form, org, course, run, blockType, blockId) => {
    const asideType = null;
    const expected = { form, org, course, run, blockType, blockId, asideType };
    expect(UsageKey.parts(text)).toMatchObject(expected);
  });

  it('of an aside are those of its block, and its own type', () => {
    expect(UsageKey.parts('aside-usage-v2:lb$:a$:b$:t$:x::tags')).toMatchObject({
      form: 'library',
      blockId: 'x',
      asideType: 'tags',
    });
  });

  it('of library keys', () => {
    expect(LibraryKey.parts('lib:a:b')).toEqual({ org: 'a', slug: 'b' });
    expect(LibraryUsageKey.parts('lb:a:b:t:x')).toEqual({
      org: 'a',
      slug: 'b',
      blockType: 't',
      blockId: 'x',
    });
    expect(LibraryCollectionKey.parts('lib-collection:a:b:c')).toEqual({
      org: 'a',
      slug: 'b',
      collectionId: 'c',
    });
    expect(LibraryContainerKey.parts('lct:a:b:unit:u')).toEqual({
      org: 'a',
      slug: 'b',
      containerType: 'unit',
      containerId: 'u',
    });
  });

  it('throw for a key of another kind', () => {
    expect(() => LibraryKey.parts('lb:a:b:t:x')).toThrow('Not a valid LibraryKey');
  });
});

describe('a key as a decorated parameter', () => {
  it('passes through a ValidationPipe, whatever the compiler names as its type', async () => {
    const decorated: PropertyDecorator & MethodDecorator = () => {};
    class Handlers {
      @decorated
      handle(key: CourseKey): void {
        void key;
      }
    }
    const [emitted] = Reflect.getMetadata('design:paramtypes', Handlers.prototype, 'handle');
    const pipe = new ValidationPipe({
      whitelist: true,
      forbidNonWhitelisted: true,
      transform: true,
    });
    for (const metatype of [emitted, String, Object]) {
      const key = await pipe.transform('course-v1:a+b+c', { type: 'body', metatype, data: 'key' });
      expect(key).toBe('course-v1:a+b+c');
    }
  });
});

describe('a text a hundred times as long takes no more than three hundred times the work', () => {
  const kinds = Object.keys(keyGrammars) as OpaqueKeyKind[];
  const namespaces = new Map(KEYS.map((key) => [key.slice(0, key.indexOf(':')), key]));
  const heads = [...namespaces.values(), 'aside-usage-v2:'.repeat(4), '', 'nothing:'];
  const runs = ['a', '+', ':', '$', '/', '@', '\n', 'a:', '$:', '$::', '日', 'é-', '\ud800'];

  it.each(runs)('of %j', (run) => {
    const texts = (length: number): string[] =>
      heads.map((head) => head + run.repeat(length / run.length));
    const [short, long] = [texts(10_000), texts(1_000_000)];
    const work = (of: readonly string[], times: number): number => {
      const before = process.cpuUsage();
      for (let i = 0; i < times; i++)
        for (const text of of) for (const kind of kinds) isOpaqueKey(kind, text);
      return process.cpuUsage(before).user / times;
    };
    // An attempt may be disturbed by a collection of garbage.
    const ratios: number[] = [];
    work(short, 5);
    do ratios.push(work(long, 1) / Math.max(work(short, 10), 1));
    while (ratios.at(-1)! > 300 && ratios.length < 4);
    expect(ratios.at(-1)).toBeLessThanOrEqual(300);
  });
});
