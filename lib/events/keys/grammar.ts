import type { OpaqueKeyKind } from '../field-type.js';
import { ccxKeyParts, courseKeyParts } from './course-key-grammar.js';
import {
  libraryCollectionKeyParts,
  libraryContainerKeyParts,
  libraryKeyParts,
  libraryUsageKeyParts,
} from './library-key-grammar.js';
import { usageKeyParts } from './usage-key-grammar.js';

/** The grammar of each kind: the parts of a text, or undefined where Python's `from_string` refuses it. */
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
