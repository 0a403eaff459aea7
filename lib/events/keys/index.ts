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

/** Reads and checks keys of one kind, by the grammar of the Python class. */
export interface KeyReader<Key extends string, Parts> {
  /** The text, checked. Throws InvalidKeyError, which names the kind and not the text. */
  parse(text: string): Key;
  is(text: unknown): text is Key;
  /** Throws InvalidKeyError, as `parse`. */
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

export const CourseKey = reader<'courseKey', CourseKey>('courseKey', 'CourseKey');
export const UsageKey = reader<'usageKey', UsageKey>('usageKey', 'UsageKey');
export const CcxKey = reader<'ccxKey', CcxKey>('ccxKey', 'CcxKey');
export const LibraryKey = reader<'libraryKey', LibraryKey>('libraryKey', 'LibraryKey');
export const LibraryUsageKey = reader<'libraryUsageKey', LibraryUsageKey>(
  'libraryUsageKey',
  'LibraryUsageKey',
);
export const LibraryCollectionKey = reader<'libraryCollectionKey', LibraryCollectionKey>(
  'libraryCollectionKey',
  'LibraryCollectionKey',
);
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
