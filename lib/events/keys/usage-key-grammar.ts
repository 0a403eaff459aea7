import { courseOf, type CourseKeyParts } from './course-key-grammar.js';
import { libraryUsageKeyParts } from './library-key-grammar.js';
import {
  isBlockId,
  matchCcxLocator,
  matchLegacyBlock,
  matchLocation,
  matchLocator,
} from './locator-patterns.js';

/** The parts of a usage key: where the block is used, and which block it is. */
export interface UsageKeyParts {
  readonly form: 'block' | 'libraryBlock' | 'ccxBlock' | 'library' | 'location' | 'legacy';
  readonly org: string | null;
  /** The course, or the library (its slug). */
  readonly course: string | null;
  /** null in legacy `i4x:` keys, which carry none, and in libraries of today. */
  readonly run: string | null;
  readonly branch: string | null;
  readonly version: string | null;
  readonly ccx: string | null;
  readonly blockType: string | null;
  readonly blockId: string;
  /** Type of the aside, where the key is that of an aside of the block. */
  readonly asideType: string | null;
}

/** What `UsageKey.from_string` reads; undefined where it raises InvalidKeyError. */
export function usageKeyParts(text: string): UsageKeyParts | undefined {
  const colon = text.indexOf(':');
  const rest = text.slice(colon + 1);
  switch (text.slice(0, Math.max(colon, 0))) {
    case 'block-v1':
      return block('course', 'block', rest);
    case 'lib-block-v1':
      return block('library', 'libraryBlock', rest);
    case 'ccx-block-v1':
      return block('ccx', 'ccxBlock', rest);
    case 'lb':
      return libraryBlock(text);
    case 'location':
      return location(rest);
    case 'aside-usage-v1':
      return asideV1(rest);
    case 'aside-usage-v2':
      return asideV2(rest);
    case 'i4x':
      return legacyBlock(text);
    default:
      return undefined;
  }
}

type BlockIds = Pick<UsageKeyParts, 'blockType' | 'blockId'>;
type Context = Omit<CourseKeyParts, 'form'>;
const NOWHERE: Context = {
  org: null,
  course: null,
  run: null,
  branch: null,
  version: null,
  ccx: null,
};

function usage(
  form: UsageKeyParts['form'],
  context: Partial<Context>,
  ids: BlockIds,
): UsageKeyParts {
  const { org, course, run, branch, version, ccx } = { ...NOWHERE, ...context };
  return { form, org, course, run, branch, version, ccx, ...ids, asideType: null };
}

function block(
  courseForm: 'course' | 'library' | 'ccx',
  form: UsageKeyParts['form'],
  locator: string,
): UsageKeyParts | undefined {
  const context = courseOf(courseForm, locator);
  const found = courseForm === 'ccx' ? matchCcxLocator(locator) : matchLocator(locator);
  if (!context || found?.block === undefined || !isBlockId(found.block)) return undefined;
  // Only legacy libraries insist on the block's type.
  if (courseForm === 'library' && found.type === undefined) return undefined;
  return usage(form, context, { blockType: found.type ?? null, blockId: found.block });
}

function libraryBlock(text: string): UsageKeyParts | undefined {
  const found = libraryUsageKeyParts(text);
  return found && usage('library', { org: found.org, course: found.slug }, found);
}

function location(rest: string): UsageKeyParts | undefined {
  const found = matchLocation(rest);
  if (!found) return undefined;
  const { type = null, block: blockId = '', ...context } = found;
  return usage('location', context, { blockType: type, blockId });
}

function legacyBlock(text: string): UsageKeyParts | undefined {
  const found = matchLegacyBlock(text);
  if (!found) return undefined;
  const { type = null, block: blockId = '', branch = null, ...context } = found;
  return usage('legacy', { ...context, branch }, { blockType: type, blockId });
}

/** `KEY::ASIDE` with `$` doubled and `::` written `$::`; the key ends in no colon and is no aside's. */
function asideV1(text: string): UsageKeyParts | undefined {
  const at = text.indexOf('::');
  const key = decodeV1(at < 0 ? text : text.slice(0, at));
  const asideType = decodeV1(at < 0 ? '' : text.slice(at + 2));
  if (key === undefined || asideType === undefined || key.endsWith(':')) return undefined;
  if (key.startsWith('aside-')) return undefined;
  return asideOf(key, asideType);
}

function decodeV1(text: string): string | undefined {
  const plain = text.replaceAll('$::', '::').replaceAll('$$', '$');
  return plain.replaceAll('$', '$$$$').replaceAll('::', '$$::') === text ? plain : undefined;
}

/** `KEY::ASIDE` with `$` doubled and `:` written `$:`. */
function asideV2(text: string): UsageKeyParts | undefined {
  const at = text.lastIndexOf('::');
  if (at < 0) return undefined;
  const key = decodeV2(text.slice(0, at));
  const asideType = decodeV2(text.slice(at + 2));
  return key === undefined || asideType === undefined ? undefined : asideOf(key, asideType);
}

function decodeV2(text: string): string | undefined {
  if (/(?<!\$):/.test(text)) return undefined;
  const colons = text.replaceAll('$:', ':');
  if (/(?<!\$)(\$\$)*\$([^$]|$)/.test(colons)) return undefined;
  return colons.replaceAll('$$', '$');
}

function asideOf(key: string, asideType: string): UsageKeyParts | undefined {
  const parts = usageKeyParts(key);
  return parts && { ...parts, asideType };
}
