import { types } from 'node:util';
import type { OpaqueKeyKind, TextKind } from '../../events/field-type.js';
import { isOpaqueKey } from '../../events/keys/key-grammars.js';
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
import type { RawBuffer } from './raw-bytes.js';

const SLOTS = 64;

/**
 * Texts that were found valid and canonical lately, all ASCII. The same keys occur again and again on a topic:
 * to compare them costs less than to check them and to make strings of their bytes.
 */
class RecentTexts {
  private readonly texts = new Array<string | undefined>(SLOTS).fill(undefined);

  /** Whether the text is one of them. */
  has(text: string): boolean {
    const end = text.length - 1;
    const sum = slotOf(text.length, text.charCodeAt(end), text.charCodeAt(end - 1));
    return this.texts[sum] === text;
  }

  /** The text of these bytes, if it is one of them. */
  find(bytes: RawBuffer, start: number, end: number): string | undefined {
    const text = this.texts[slotOf(end - start, bytes[end - 1]!, bytes[end - 2]!)];
    if (text === undefined || text.length !== end - start) return undefined;
    for (let i = 0; i < text.length; i++)
      if (text.charCodeAt(i) !== bytes[start + i]) return undefined;
    return text;
  }

  /** Made anew from the bytes: a cut of a longer text would keep all of that alive. */
  add(bytes: RawBuffer, start: number, end: number): string {
    const slot = slotOf(end - start, bytes[end - 1]!, bytes[end - 2]!);
    return (this.texts[slot] = bytes.latin1Slice(start, end));
  }
}

const slotOf = (length: number, last: number, secondLast: number): number =>
  (length * 31 + last * 17 + secondLast * 5) & (SLOTS - 1);

/** The rules of one kind of text that travels as an Avro string. */
export interface TextFormat {
  readonly kind: TextKind;
  readonly isPlain: QuickCheck;
  /** Plain texts that were read lately; only for kinds whose texts repeat. */
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
