import { types } from 'node:util';
import type { OpaqueKeyKind, TextKind } from '../../events/field-type.js';
import { isOpaqueKey } from '../../events/keys/grammar.js';
import { canonicalDatetime, datetimeFromDate } from '../../events/text/datetime.js';
import { canonicalUuid } from '../../events/text/uuid.js';
import {
  isPlainCcxKey,
  isPlainCollectionKey,
  isPlainContainerKey,
  isPlainCourseKey,
  isPlainDatetime,
  isPlainLibraryKey,
  isPlainLibraryUsageKey,
  isPlainUsageKey,
  isPlainUuid,
  type QuickCheck,
} from '../../events/text/quick-checks.js';
import { RecentTexts } from './recent-texts.js';

/** The rules of one kind of text that travels as an Avro string. */
export interface TextFormat {
  readonly kind: TextKind;
  readonly isPlain: QuickCheck;
  /** Plain texts that were read lately; only for kinds whose texts come again. */
  readonly recent?: RecentTexts;
  /** The authority: the text in the form that Python writes, or undefined when it is not valid. */
  readonly canonical: (text: string) => string | undefined;
  /** The text of a value that is not one, or undefined when it cannot be one. */
  readonly textOf: (value: unknown) => string | undefined;
}

const noText = (): undefined => undefined;

// Not `instanceof`: a Date may come from another realm.
const dateText = (value: unknown): string | undefined =>
  types.isDate(value) ? datetimeFromDate(value) : undefined;

const keyFormat = (kind: OpaqueKeyKind, isPlain: QuickCheck): TextFormat => ({
  kind,
  isPlain,
  recent: new RecentTexts(),
  canonical: (text) => (isOpaqueKey(kind, text) ? text : undefined),
  textOf: noText,
});

const formats: Record<TextKind, TextFormat> = {
  datetime: {
    kind: 'datetime',
    isPlain: isPlainDatetime,
    canonical: canonicalDatetime,
    textOf: dateText,
  },
  uuid: { kind: 'uuid', isPlain: isPlainUuid, canonical: canonicalUuid, textOf: noText },
  courseKey: keyFormat('courseKey', isPlainCourseKey),
  usageKey: keyFormat('usageKey', isPlainUsageKey),
  ccxKey: keyFormat('ccxKey', isPlainCcxKey),
  libraryKey: keyFormat('libraryKey', isPlainLibraryKey),
  libraryUsageKey: keyFormat('libraryUsageKey', isPlainLibraryUsageKey),
  libraryCollectionKey: keyFormat('libraryCollectionKey', isPlainCollectionKey),
  libraryContainerKey: keyFormat('libraryContainerKey', isPlainContainerKey),
};

export const formatOf = (kind: TextKind): TextFormat => formats[kind];
