import { InvalidKeyError } from '../../errors/index.js';
import type { OpaqueKeyKind } from '../field-type.js';
import { isOpaqueKey, keyGrammars } from './key-grammars.js';

declare const BRAND: unique symbol;

/** A string that was checked to be a key of the kind named. */
export type OpaqueKey<Kind extends string> = string & { readonly [BRAND]: Kind };
/** Python's CourseKey: `course-v1:ORG+COURSE+RUN`, `library-v1:`, `ccx-v1:`, legacy `ORG/COURSE/RUN`. */
export type CourseKey = OpaqueKey<'CourseKey'>;
/** Python's UsageKey: `block-v1:…`, `lib-block-v1:…`, `ccx-block-v1:…`, `lb:…`, asides, legacy `i4x://…`. */
export type UsageKey = OpaqueKey<'UsageKey'>;
/** Python's CCXLocator: `ccx-v1:ORG+COURSE+RUN+ccx@NUMBER`. */
export type CcxKey = OpaqueKey<'CcxKey'>;
/** Python's LibraryLocatorV2: `lib:ORG:SLUG`. */
export type LibraryKey = OpaqueKey<'LibraryKey'>;
/** Python's LibraryUsageLocatorV2: `lb:ORG:SLUG:TYPE:ID`. */
export type LibraryUsageKey = OpaqueKey<'LibraryUsageKey'>;
/** Python's LibraryCollectionLocator: `lib-collection:ORG:SLUG:ID`. */
export type LibraryCollectionKey = OpaqueKey<'LibraryCollectionKey'>;
/** Python's LibraryContainerLocator: `lct:ORG:SLUG:TYPE:ID`. */
export type LibraryContainerKey = OpaqueKey<'LibraryContainerKey'>;

/** Checks and reads keys of one kind, by the grammar of the Python class. A key is a string that was checked. */
export interface KeyReader<Key extends string, Parts> {
  /** The same string as a key. Throws InvalidKeyError, which names the kind and not the string. */
  parse(text: string): Key;
  /** Whether the value is a string that the Python class reads as a key of this kind. Never throws. */
  is(text: unknown): text is Key;
  /** The parts of a key; a part that the key does not name is null. Throws InvalidKeyError, as `parse`. */
  parts(key: string): Parts;
}

type PartsOf<Kind extends OpaqueKeyKind> = NonNullable<ReturnType<(typeof keyGrammars)[Kind]>>;

function reader<Kind extends OpaqueKeyKind, Key extends string>(
  kind: Kind,
  name: string,
): KeyReader<Key, PartsOf<Kind>> {
  const is = (text: unknown): text is Key => typeof text === 'string' && isOpaqueKey(kind, text);
  return {
    is,
    parse(text) {
      if (!is(text)) throw new InvalidKeyError(name);
      return text;
    },
    parts(key) {
      const parts = typeof key === 'string' ? keyGrammars[kind](key) : undefined;
      if (!parts) throw new InvalidKeyError(name);
      return parts as PartsOf<Kind>;
    },
  };
}

/**
 * Accepts `course-v1:ORG+COURSE+RUN`, `library-v1:ORG+LIBRARY`, `ccx-v1:ORG+COURSE+RUN+ccx@NUMBER`, `slashes:…` and the
 * legacy `ORG/COURSE/RUN`, each with a branch or version where Python allows one.
 *
 * @example
 * ```ts
 * CourseKey.parts('course-v1:edX+DemoX+2024').org; // 'edX'
 * ```
 */
export const CourseKey = reader<'courseKey', CourseKey>('courseKey', 'CourseKey');
/**
 * Accepts `block-v1:COURSE+type@TYPE+block@ID`, `lib-block-v1:…`, `ccx-block-v1:…`, `lb:ORG:SLUG:TYPE:ID`, `location:…`,
 * the asides `aside-usage-v1:…` and `aside-usage-v2:…`, and the legacy `i4x://ORG/COURSE/TYPE/ID`.
 */
export const UsageKey = reader<'usageKey', UsageKey>('usageKey', 'UsageKey');
/** Accepts `ccx-v1:ORG+COURSE+RUN+ccx@NUMBER`, with a branch or version where Python allows one. */
export const CcxKey = reader<'ccxKey', CcxKey>('ccxKey', 'CcxKey');
/** Accepts `lib:ORG:SLUG`. */
export const LibraryKey = reader<'libraryKey', LibraryKey>('libraryKey', 'LibraryKey');
/** Accepts `lb:ORG:SLUG:TYPE:ID`. */
export const LibraryUsageKey = reader<'libraryUsageKey', LibraryUsageKey>(
  'libraryUsageKey',
  'LibraryUsageKey',
);
/** Accepts `lib-collection:ORG:SLUG:ID`. */
export const LibraryCollectionKey = reader<'libraryCollectionKey', LibraryCollectionKey>(
  'libraryCollectionKey',
  'LibraryCollectionKey',
);
/** Accepts `lct:ORG:SLUG:TYPE:ID`. */
export const LibraryContainerKey = reader<'libraryContainerKey', LibraryContainerKey>(
  'libraryContainerKey',
  'LibraryContainerKey',
);

export type { CourseKeyParts } from './key-grammars.js';
export type { UsageKeyParts } from './key-grammars.js';
export type {
  LibraryCollectionKeyParts,
  LibraryContainerKeyParts,
  LibraryKeyParts,
  LibraryUsageKeyParts,
} from './key-grammars.js';
