import { datetimeFromDate } from '../events/text/datetime.js';
import type { OpaqueKeyKind, PrimitiveKind, TextKind } from '../events/field-type.js';

/** Where the value of one field is taken from: the same numbers each time. */
export interface Draw {
  /** An integer >= 0 and below the bound. */
  below(bound: number): number;
  /** Whether the value may be an unusual one. */
  readonly varied: boolean;
}

/**
 * A draw for what stands at the path: it depends on nothing but path and seed, so that what is decided elsewhere
 * changes nothing here. FNV-1a, then mulberry32.
 */
export function drawFor(path: string, seed: number | undefined): Draw {
  let state = 0x811c9dc5;
  for (const unit of Buffer.from(`${seed ?? 'plain'} ${path}`))
    state = Math.imul(state ^ unit, 0x01000193);
  const below = (bound: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound);
  };
  return { below, varied: seed !== undefined };
}

type Make = (draw: Draw, name: string) => unknown;

/** A value of the kind for a field of this name, in the form in which it is received. */
export function simpleValue(kind: PrimitiveKind | TextKind, draw: Draw, name: string): unknown {
  return MAKERS[kind](draw, name);
}

const pick = <T>(draw: Draw, from: readonly T[]): T => from[draw.below(from.length)]!;
const small = (draw: Draw): number => 1 + draw.below(999);

/** Mostly a usual value; of a varied draw, one time in three, one of the others. */
const orOneOf =
  (usual: Make, others: readonly unknown[]): Make =>
  (draw, name) =>
    draw.varied && draw.below(3) === 0 ? pick(draw, others) : usual(draw, name);

const WORDS = [
  ...[
    'plain',
    'Zoë',
    'Анна',
    '李明',
    'مريم',
    '😀',
    "O'Brien",
    '"quoted"',
    '\\',
    'two\nlines\t',
    '\0',
  ],
  ...['<b>&amp;</b>', '%s', '${x}', '\uffff', '\u{10ffff}', 'e\u0301', ' ', 'NULL', '0'],
];

const text: Make = (draw, name) =>
  draw.varied && draw.below(2) === 0
    ? Array.from({ length: 1 + draw.below(3) }, () => pick(draw, WORDS)).join(' ')
    : `${name} ${small(draw)}`;

const moment: Make = (draw) => {
  const day = Date.UTC(2026, 0, 1) + draw.below(draw.varied ? 20_000 : 365) * 86_400_000;
  const ms = draw.varied && draw.below(2) === 0 ? draw.below(1_000) : 0;
  return datetimeFromDate(new Date(day + draw.below(86_400) * 1_000 + ms));
};

const uuid: Make = (draw) => {
  const hex = Array.from({ length: 32 }, () => draw.below(16).toString(16)).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
};

const ORGS = ['edX', 'OpenedX', 'org_1', 'a.b-c'];
const NAMES = ['Demo', 'CS', 'Ünï', '日本', 'x~y.z-', '_'];

/** Parts of keys. Those of a plain draw always begin with the same words. */
const org = (draw: Draw): string => (draw.varied ? pick(draw, ORGS) : 'edX');
const id = (draw: Draw): string => `${draw.varied ? pick(draw, NAMES) : 'Demo'}${small(draw)}`;
const ascii = (draw: Draw): string =>
  `${draw.varied ? pick(draw, ['Demo', 'a-b']) : 'Demo'}${small(draw)}`;
const slug = (draw: Draw): string => id(draw).replace('~', '');
const block = (draw: Draw): string =>
  draw.varied ? pick(draw, ['problem', 'video', 'html']) : 'html';
const course = (draw: Draw): string => `${org(draw)}+${id(draw)}+2026`;

/** The forms of each kind, the usual one first. */
const KEY_FORMS: Readonly<Record<OpaqueKeyKind, readonly ((draw: Draw) => string)[]>> = {
  courseKey: [
    (draw) => `course-v1:${course(draw)}`,
    (draw) => `course-v1:${course(draw)}+branch@draft-branch`,
    (draw) => `${org(draw)}/${ascii(draw)}/2026_T1`,
    (draw) => `library-v1:${org(draw)}+${ascii(draw)}`,
    (draw) => `ccx-v1:${course(draw)}+ccx@${small(draw)}`,
  ],
  usageKey: [
    (draw) => `block-v1:${course(draw)}+type@${block(draw)}+block@${id(draw)}`,
    (draw) => `i4x://${org(draw)}/${ascii(draw)}/${block(draw)}/${ascii(draw)}`,
    (draw) => `lb:${org(draw)}:${slug(draw)}:${block(draw)}:${slug(draw)}`,
    (draw) =>
      `ccx-block-v1:${course(draw)}+ccx@${small(draw)}+type@${block(draw)}+block@${id(draw)}`,
    (draw) => `lib-block-v1:${org(draw)}+${ascii(draw)}+type@${block(draw)}+block@${ascii(draw)}`,
  ],
  ccxKey: [(draw) => `ccx-v1:${course(draw)}+ccx@${small(draw)}`],
  libraryKey: [(draw) => `lib:${org(draw)}:${slug(draw)}`],
  libraryUsageKey: [(draw) => `lb:${org(draw)}:${slug(draw)}:${block(draw)}:${slug(draw)}`],
  libraryCollectionKey: [(draw) => `lib-collection:${org(draw)}:${slug(draw)}:${slug(draw)}`],
  libraryContainerKey: [(draw) => `lct:${org(draw)}:${slug(draw)}:unit:${slug(draw)}`],
};

const key =
  (kind: OpaqueKeyKind): Make =>
  (draw) =>
    (draw.varied ? pick(draw, KEY_FORMS[kind]) : KEY_FORMS[kind][0]!)(draw);

const MAKERS: Readonly<Record<PrimitiveKind | TextKind, Make>> = {
  string: orOneOf(text, ['', 'x'.repeat(300)]),
  long: orOneOf(small, [
    ...[0, -1, 63, 64, -65, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, Number.MAX_SAFE_INTEGER],
    ...[Number.MIN_SAFE_INTEGER, 2n ** 53n, 2n ** 63n - 1n, -(2n ** 63n)],
  ]),
  double: orOneOf(
    (draw) => small(draw) / 8,
    [0, -0, 1, -1.5, 0.1, Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE, 2 ** 53],
  ),
  boolean: (draw) => !draw.varied || draw.below(2) === 0,
  bytes: (draw) =>
    Uint8Array.from({ length: draw.varied ? draw.below(20) : 4 }, () => draw.below(256)),
  datetime: orOneOf(moment, [
    ...['0001-01-01T00:00:00', '9999-12-31T23:59:59.999999+00:00', '1970-01-01T00:00:00+00:00'],
    ...['2024-02-29T23:59:59.000001-03:30', '2026-06-01T12:00:00.500000+14:00'],
  ]),
  uuid: orOneOf(uuid, [
    '00000000-0000-0000-0000-000000000000',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
  ]),
  courseKey: key('courseKey'),
  usageKey: key('usageKey'),
  ccxKey: key('ccxKey'),
  libraryKey: key('libraryKey'),
  libraryUsageKey: key('libraryUsageKey'),
  libraryCollectionKey: key('libraryCollectionKey'),
  libraryContainerKey: key('libraryContainerKey'),
};
