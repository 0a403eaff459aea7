import type { TextKind } from '../field-type.js';

/** What people call the kinds of text. */
export const TEXT_KIND_WORDS: Readonly<Record<TextKind, string>> = {
  datetime: 'date and time',
  uuid: 'UUID',
  courseKey: 'course key',
  usageKey: 'usage key',
  ccxKey: 'CCX key',
  libraryKey: 'library key',
  libraryUsageKey: 'library usage key',
  libraryCollectionKey: 'library collection key',
  libraryContainerKey: 'library container key',
};
