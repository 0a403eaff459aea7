/**
 * The patterns of the `course-v1` family of keys, as edx-opaque-keys 4.0.1 and edx-ccx-keys 2.1.0 have them.
 * Python's `\w` is a Unicode letter, digit, other number or underscore.
 */
const ID = '[\\p{L}\\p{N}_\\-~.:]';
const LEGACY_ID = '[\\p{L}\\p{N}_\\-~.:%]';
/** A `+` that something follows, or the end. */
const SEP = '(?:\\+(?=[^\\n])|$)';
const COURSE = `(?:(?<org>${ID}+)\\+(?<course>${ID}+)(?:\\+(?<run>${ID}+))?${SEP})??`;
const blockOf = (id: string) => `(?:type@(?<type>${ID}+)${SEP})?(?:block@(?<block>${id}+))?`;

const LOCATOR = new RegExp(
  `^${COURSE}(?:branch@(?<branch>${ID}+)${SEP})?(?:version@(?<version>[a-f0-9]+)${SEP})?${blockOf(LEGACY_ID)}$`,
  'u',
);
// Letters of either case; Python's folding also takes the dotless and the dotted i for an i.
const CCX_LOCATOR = new RegExp(
  `^${COURSE}(?:branch@(?<branch>${ID}+)${SEP})?` +
    `(?:vers[iıİ]on@(?<version>[a-f0-9]+)${SEP})?(?:ccx@(?<ccx>\\p{Nd}+)${SEP})${blockOf(ID)}$`,
  'iu',
);
const LOCATION = new RegExp(
  `^(?<org>${ID}+)\\+(?<course>${ID}+)\\+(?<run>${ID}+)\\+(?<type>${ID}+)\\+(?<block>${ID}+)$`,
  'u',
);
const LEGACY_COURSE_PART = '[\\p{L}\\p{N}_.%\\-]';
const LEGACY_COURSE = new RegExp(
  `^(?<org>${LEGACY_COURSE_PART}+)/(?<course>${LEGACY_COURSE_PART}+)/(?<run>${LEGACY_COURSE_PART}*)$`,
  'u',
);
const LEGACY_BLOCK = new RegExp(
  `^i4x://(?<org>${LEGACY_COURSE_PART}+)/(?<course>${LEGACY_COURSE_PART}+)/` +
    `(?<type>[^/]+)/(?<block>${LEGACY_ID}+)(?:@(?<branch>${LEGACY_ID}+))?$`,
  'u',
);
const BLOCK_ID = new RegExp(`^${ID}+$`, 'u');

/** What one of the patterns found; a part that the text does not have is undefined. */
export interface LocatorMatch {
  readonly org?: string;
  readonly course?: string;
  readonly run?: string;
  readonly branch?: string;
  readonly version?: string;
  readonly ccx?: string;
  readonly type?: string;
  readonly block?: string;
}

const matching = (pattern: RegExp) => (text: string) =>
  pattern.exec(text)?.groups as LocatorMatch | undefined;

/** `org+course+run+branch@…+version@…+type@…+block@…`, each part optional. */
export const matchLocator = withObjectId(matching(LOCATOR));
/** As `matchLocator`, with `+ccx@number`. */
export const matchCcxLocator = withObjectId(matching(CCX_LOCATOR));
/** `org+course+run+type+block` of the short-lived `location:` keys. */
export const matchLocation = matching(LOCATION);
/** `org/course/run`; the run may be empty. */
export const matchLegacyCourse = matching(LEGACY_COURSE);
/** `i4x://org/course/type/name@revision`. */
export const matchLegacyBlock = matching(LEGACY_BLOCK);
/** Block ids of today's keys: without the `%` of legacy ones. */
export const isBlockId = (text: string): boolean => BLOCK_ID.test(text);

/** A version is a MongoDB ObjectId: 24 hexadecimal digits. */
function withObjectId(match: (text: string) => LocatorMatch | undefined) {
  return (text: string): LocatorMatch | undefined => {
    const found = match(text);
    return found?.version !== undefined && found.version.length !== 24 ? undefined : found;
  };
}
