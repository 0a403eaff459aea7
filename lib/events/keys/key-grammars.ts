import {
  LEGACY_NAME,
  type Locator,
  scanCcxLocator,
  scanLocator,
  ESCAPED_ID,
  ID,
  type Alphabet,
  LIBRARY_NAME,
  SLUG,
} from './locator-scanner.js';
import type { OpaqueKeyKind } from '../field-type.js';

/** The parts of a course key; null is what the key does not name. A key may name a version alone. */
export interface CourseKeyParts {
  /** `library`: a legacy library, whose `course` is the library and whose `run` is "library". */
  readonly form: 'course' | 'library' | 'ccx' | 'legacy';
  /** The organization, such as `edX`. */
  readonly org: string | null;
  /** The course number, such as `DemoX`; of a legacy library its name. */
  readonly course: string | null;
  /** Such as `2024_T1`. Empty in a legacy key without a run. */
  readonly run: string | null;
  /** Such as `draft-branch`; null for most keys. */
  readonly branch: string | null;
  /** 24 hexadecimal digits. */
  readonly version: string | null;
  /** The number of a custom course (CCX), as written. */
  readonly ccx: string | null;
}

/** What `CourseKey.from_string` reads; undefined where it raises InvalidKeyError. */
function courseKeyParts(text: string): CourseKeyParts | undefined {
  const colon = text.indexOf(':');
  if (colon < 0) return legacyCourse(text);
  switch (text.slice(0, colon)) {
    case 'course-v1':
    case 'slashes':
      return courseOf('course', scanLocator(text, colon + 1));
    case 'library-v1':
      return courseOf('library', scanLocator(text, colon + 1));
    case 'ccx-v1':
      return courseOf('ccx', scanCcxLocator(text, colon + 1));
    default:
      return undefined;
  }
}

/** What `CCXLocator.from_string` reads: `ccx-v1:` keys only. */
function ccxKeyParts(text: string): CourseKeyParts | undefined {
  return text.startsWith('ccx-v1:') ? courseKeyParts(text) : undefined;
}

/** The course that a locator names; undefined where it names none: neither by its words nor by its version. */
function courseOf(
  form: 'course' | 'library' | 'ccx',
  locator: Locator | undefined,
): CourseKeyParts | undefined {
  if (!locator) return undefined;
  const { org = null, course = null, branch = null, version = null, ccx = null } = locator;
  const named = course !== null && (form === 'library' || locator.run !== undefined);
  if (!named && version === null) return undefined;
  const run = form === 'library' && named ? 'library' : (locator.run ?? null);
  return { form, org, course, run, branch, version, ccx };
}

/** `ORG/COURSE/RUN`; the run may be empty. */
function legacyCourse(text: string): CourseKeyParts | undefined {
  const orgEnd = LEGACY_NAME.endOfRun(text, 0);
  if (orgEnd === 0 || text[orgEnd] !== '/') return undefined;
  const courseEnd = LEGACY_NAME.endOfRun(text, orgEnd + 1);
  if (courseEnd === orgEnd + 1 || text[courseEnd] !== '/') return undefined;
  if (LEGACY_NAME.endOfRun(text, courseEnd + 1) !== text.length) return undefined;
  return {
    form: 'legacy',
    org: text.slice(0, orgEnd),
    course: text.slice(orgEnd + 1, courseEnd),
    run: text.slice(courseEnd + 1),
    branch: null,
    version: null,
    ccx: null,
  };
}

/** The parts of a usage key: where the block is used, and which block it is. */
export interface UsageKeyParts {
  /**
   * By how the key begins: `block-v1:`, `lib-block-v1:`, `ccx-block-v1:`, `lb:` (a content library), `location:` or
   * `i4x:`. The key of an aside has the form of its block.
   */
  readonly form: 'block' | 'libraryBlock' | 'ccxBlock' | 'library' | 'location' | 'legacy';
  /** The organization, such as `edX`. */
  readonly org: string | null;
  /** The course, or the library (its slug). */
  readonly course: string | null;
  /** null in legacy `i4x:` keys, which carry none, and in libraries of today. */
  readonly run: string | null;
  /** Such as `draft-branch`, or the revision of a legacy key; null for most keys. */
  readonly branch: string | null;
  /** 24 hexadecimal digits; null for most keys. */
  readonly version: string | null;
  /** The number of a custom course (CCX), as written; null in other courses. */
  readonly ccx: string | null;
  /** Such as `problem` or `video`; null where the key does not name it. */
  readonly blockType: string | null;
  /** Which block of its type it is: unique in the course or library. */
  readonly blockId: string;
  /** Type of the aside, where the key is that of an aside of the block. */
  readonly asideType: string | null;
}

/** What `UsageKey.from_string` reads; undefined where it raises InvalidKeyError. */
function usageKeyParts(text: string): UsageKeyParts | undefined {
  const colon = text.indexOf(':');
  const start = colon + 1;
  switch (text.slice(0, Math.max(colon, 0))) {
    case 'block-v1':
      return block('course', 'block', text, start);
    case 'lib-block-v1':
      return block('library', 'libraryBlock', text, start);
    case 'ccx-block-v1':
      return block('ccx', 'ccxBlock', text, start);
    case 'lb':
      return libraryBlock(text);
    case 'location':
      return location(text, start);
    case 'aside-usage-v1':
      return asideV1(text.slice(start));
    case 'aside-usage-v2':
      return asideV2(text.slice(start));
    case 'i4x':
      return legacyBlock(text, start);
    default:
      return undefined;
  }
}

type Course = Omit<CourseKeyParts, 'form'>;

function usage(
  form: UsageKeyParts['form'],
  { org, course, run, branch, version, ccx }: Course,
  blockType: string | null,
  blockId: string,
): UsageKeyParts {
  return { form, org, course, run, branch, version, ccx, blockType, blockId, asideType: null };
}

const courseNamed = (
  org: string,
  course: string,
  run: string | null,
  branch: string | null,
): Course => ({ org, course, run, branch, version: null, ccx: null });

function block(
  courseForm: 'course' | 'library' | 'ccx',
  form: UsageKeyParts['form'],
  text: string,
  start: number,
): UsageKeyParts | undefined {
  const locator = courseForm === 'ccx' ? scanCcxLocator(text, start) : scanLocator(text, start);
  const course = courseOf(courseForm, locator);
  const { type = null, block: id } = locator ?? {};
  if (!course || id === undefined || id.includes('%')) return undefined;
  // Only legacy libraries insist on the block's type.
  if (courseForm === 'library' && type === null) return undefined;
  return usage(form, course, type, id);
}

function libraryBlock(text: string): UsageKeyParts | undefined {
  const found = libraryUsageKeyParts(text);
  if (!found) return undefined;
  const { org, slug, blockType, blockId } = found;
  return usage('library', courseNamed(org, slug, null, null), blockType, blockId);
}

/** `ORG+COURSE+RUN+TYPE+ID`. */
function location(text: string, start: number): UsageKeyParts | undefined {
  const words: string[] = [];
  for (let at = start; ; at++) {
    const end = ID.endOfRun(text, at);
    if (end === at) return undefined;
    words.push(text.slice(at, end));
    at = end;
    if (at === text.length) break;
    if (text[at] !== '+' || words.length === 5) return undefined;
  }
  if (words.length < 5) return undefined;
  const [org, course, run, type, id] = words as [string, string, string, string, string];
  return usage('location', courseNamed(org, course, run, null), type, id);
}

/** `//ORG/COURSE/TYPE/ID`, then `@REVISION` or nothing. */
function legacyBlock(text: string, start: number): UsageKeyParts | undefined {
  if (!text.startsWith('//', start)) return undefined;
  const orgStart = start + 2;
  const orgEnd = LEGACY_NAME.endOfRun(text, orgStart);
  const courseEnd = LEGACY_NAME.endOfRun(text, orgEnd + 1);
  if (orgEnd === orgStart || text[orgEnd] !== '/') return undefined;
  if (courseEnd === orgEnd + 1 || text[courseEnd] !== '/') return undefined;
  // The type may hold anything but a slash.
  const typeEnd = text.indexOf('/', courseEnd + 1);
  if (typeEnd <= courseEnd + 1) return undefined;
  const idEnd = ESCAPED_ID.endOfRun(text, typeEnd + 1);
  if (idEnd === typeEnd + 1) return undefined;
  const [org, course] = [text.slice(orgStart, orgEnd), text.slice(orgEnd + 1, courseEnd)];
  const ids = [text.slice(courseEnd + 1, typeEnd), text.slice(typeEnd + 1, idEnd)] as const;
  if (idEnd === text.length) return usage('legacy', courseNamed(org, course, null, null), ...ids);
  const branch = text.slice(idEnd + 1);
  if (text[idEnd] !== '@' || branch === '') return undefined;
  if (ESCAPED_ID.endOfRun(branch, 0) !== branch.length) return undefined;
  return usage('legacy', courseNamed(org, course, null, branch), ...ids);
}

/** `KEY::ASIDE`, both escaped; the key ends in no colon and is no aside's. */
function asideV1(text: string): UsageKeyParts | undefined {
  const at = text.indexOf('::');
  const key = unescapeV1(at < 0 ? text : text.slice(0, at));
  const asideType = unescapeV1(at < 0 ? '' : text.slice(at + 2));
  if (key === undefined || asideType === undefined) return undefined;
  return key.endsWith(':') || key.startsWith('aside-') ? undefined : asideOf(key, asideType);
}

/** `KEY::ASIDE`, both escaped. */
function asideV2(text: string): UsageKeyParts | undefined {
  const at = text.lastIndexOf('::');
  if (at < 0) return undefined;
  const key = unescapeV2(text.slice(0, at));
  const asideType = unescapeV2(text.slice(at + 2));
  return key === undefined || asideType === undefined ? undefined : asideOf(key, asideType);
}

function asideOf(key: string, asideType: string): UsageKeyParts | undefined {
  const parts = usageKeyParts(key);
  return parts && { ...parts, asideType };
}

/** A string of which `$` is written `$$` and `::` is written `$::`, from the left; undefined where it is not written so. */
function unescapeV1(text: string): string | undefined {
  let plain = '';
  let kept = 0;
  // A colon of its own may stand before none: two of them would have been escaped together.
  let afterColon = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === ':') {
      if (afterColon) return undefined;
      afterColon = true;
    } else if (character === '$') {
      const isDollar = text[at + 1] === '$';
      if (!isDollar && (afterColon || !text.startsWith('::', at + 1))) return undefined;
      plain += text.slice(kept, at);
      kept = at + 1;
      at += isDollar ? 1 : 2;
      afterColon = false;
    } else afterColon = false;
  }
  return plain + text.slice(kept);
}

/** A string of which `$` and `:` are each written with a `$` before; undefined where it is not written so. */
function unescapeV2(text: string): string | undefined {
  let plain = '';
  let kept = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === ':') return undefined;
    if (text[at] !== '$') continue;
    plain += text.slice(kept, at);
    kept = ++at;
    if (text[at] !== '$' && text[at] !== ':') return undefined;
  }
  return plain + text.slice(kept);
}

/** The parts of the key of a content library. */
export interface LibraryKeyParts {
  /** The organization, such as `edX`. */
  readonly org: string;
  /** Which library of the organization it is. */
  readonly slug: string;
}

/** The parts of the key of a block in a content library: the library, and which block it is. */
export interface LibraryUsageKeyParts extends LibraryKeyParts {
  /** Such as `problem` or `video`. */
  readonly blockType: string;
  /** Which block of its type it is. */
  readonly blockId: string;
}

/** The parts of the key of a collection: the library, and which collection it is. */
export interface LibraryCollectionKeyParts extends LibraryKeyParts {
  /** Which collection of the library it is. */
  readonly collectionId: string;
}

/** The parts of the key of a container: the library, and which container it is. */
export interface LibraryContainerKeyParts extends LibraryKeyParts {
  /** Such as `unit`, `subsection` or `section`. */
  readonly containerType: string;
  /** Which container of its type it is. */
  readonly containerId: string;
}

type PartAlphabets<Parts> = { readonly [Name in keyof Parts]: Alphabet };

/** A namespace, then parts that each follow a colon. Python lets any part end in one newline. */
function reader<Parts>(namespace: string, alphabets: PartAlphabets<Parts>) {
  const parts = Object.entries<Alphabet>(alphabets);
  return (text: string): Parts | undefined => {
    if (!text.startsWith(namespace)) return undefined;
    const found: Record<string, string> = {};
    let at = namespace.length;
    for (const [name, alphabet] of parts) {
      if (text[at] !== ':') return undefined;
      const start = at + 1;
      at = alphabet.endOfRun(text, start);
      if (at === start) return undefined;
      if (text[at] === '\n') at++;
      found[name] = text.slice(start, at);
    }
    return at === text.length ? (found as Parts) : undefined;
  };
}

const LIBRARY = { org: LIBRARY_NAME, slug: SLUG };

/** What `LibraryLocatorV2.from_string` reads: `lib:ORG:SLUG`. */
const libraryKeyParts = reader<LibraryKeyParts>('lib', LIBRARY);
/** What `LibraryUsageLocatorV2.from_string` reads: `lb:ORG:SLUG:TYPE:ID`. */
const libraryUsageKeyParts = reader<LibraryUsageKeyParts>('lb', {
  ...LIBRARY,
  blockType: LIBRARY_NAME,
  blockId: SLUG,
});
/** What `LibraryCollectionLocator.from_string` reads: `lib-collection:ORG:SLUG:ID`. */
const libraryCollectionKeyParts = reader<LibraryCollectionKeyParts>('lib-collection', {
  ...LIBRARY,
  collectionId: SLUG,
});
/** What `LibraryContainerLocator.from_string` reads: `lct:ORG:SLUG:TYPE:ID`. */
const libraryContainerKeyParts = reader<LibraryContainerKeyParts>('lct', {
  ...LIBRARY,
  containerType: LIBRARY_NAME,
  containerId: SLUG,
});

/** The grammar of each kind: the parts of a string, or undefined where Python's `from_string` rejects it. */
export const keyGrammars = {
  courseKey: courseKeyParts,
  usageKey: usageKeyParts,
  ccxKey: ccxKeyParts,
  libraryKey: libraryKeyParts,
  libraryUsageKey: libraryUsageKeyParts,
  libraryCollectionKey: libraryCollectionKeyParts,
  libraryContainerKey: libraryContainerKeyParts,
} as const;

/**
 * Whether `from_string` of the Python class takes the text (edx-opaque-keys 4.0.1, edx-ccx-keys
 * 2.1.0). Some texts that it takes it would write in another form; we send the text as given.
 */
export function isOpaqueKey(kind: OpaqueKeyKind, text: string): boolean {
  return keyGrammars[kind](text) !== undefined;
}
