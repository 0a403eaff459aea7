import { type Alphabet, LIBRARY_NAME, SLUG } from './locator-scanner.js';

export interface LibraryKeyParts {
  readonly org: string;
  readonly slug: string;
}

export interface LibraryUsageKeyParts extends LibraryKeyParts {
  readonly blockType: string;
  readonly blockId: string;
}

export interface LibraryCollectionKeyParts extends LibraryKeyParts {
  readonly collectionId: string;
}

export interface LibraryContainerKeyParts extends LibraryKeyParts {
  readonly containerType: string;
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
export const libraryKeyParts = reader<LibraryKeyParts>('lib', LIBRARY);
/** What `LibraryUsageLocatorV2.from_string` reads: `lb:ORG:SLUG:TYPE:ID`. */
export const libraryUsageKeyParts = reader<LibraryUsageKeyParts>('lb', {
  ...LIBRARY,
  blockType: LIBRARY_NAME,
  blockId: SLUG,
});
/** What `LibraryCollectionLocator.from_string` reads: `lib-collection:ORG:SLUG:ID`. */
export const libraryCollectionKeyParts = reader<LibraryCollectionKeyParts>('lib-collection', {
  ...LIBRARY,
  collectionId: SLUG,
});
/** What `LibraryContainerLocator.from_string` reads: `lct:ORG:SLUG:TYPE:ID`. */
export const libraryContainerKeyParts = reader<LibraryContainerKeyParts>('lct', {
  ...LIBRARY,
  containerType: LIBRARY_NAME,
  containerId: SLUG,
});
