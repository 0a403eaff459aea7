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

// Python's `$` also matches before a newline at the end, so each part may end in one.
const NAME = '[a-zA-Z0-9_.\\-]+\\n?';
const SLUG = '[\\p{L}\\p{N}_.\\-]+\\n?';
const LIBRARY = `(?<org>${NAME}):(?<slug>${SLUG})`;

const LIBRARY_KEY = new RegExp(`^lib:${LIBRARY}$`, 'u');
const USAGE_KEY = new RegExp(`^lb:${LIBRARY}:(?<blockType>${NAME}):(?<blockId>${SLUG})$`, 'u');
const COLLECTION_KEY = new RegExp(`^lib-collection:${LIBRARY}:(?<collectionId>${SLUG})$`, 'u');
const CONTAINER_KEY = new RegExp(
  `^lct:${LIBRARY}:(?<containerType>${NAME}):(?<containerId>${SLUG})$`,
  'u',
);

const matching =
  <Parts>(pattern: RegExp) =>
  (text: string): Parts | undefined => {
    const found = pattern.exec(text)?.groups;
    return found && ({ ...found } as Parts);
  };

/** What `LibraryLocatorV2.from_string` reads: `lib:ORG:SLUG`. */
export const libraryKeyParts = matching<LibraryKeyParts>(LIBRARY_KEY);
/** What `LibraryUsageLocatorV2.from_string` reads: `lb:ORG:SLUG:TYPE:ID`. */
export const libraryUsageKeyParts = matching<LibraryUsageKeyParts>(USAGE_KEY);
/** What `LibraryCollectionLocator.from_string` reads: `lib-collection:ORG:SLUG:ID`. */
export const libraryCollectionKeyParts = matching<LibraryCollectionKeyParts>(COLLECTION_KEY);
/** What `LibraryContainerLocator.from_string` reads: `lct:ORG:SLUG:TYPE:ID`. */
export const libraryContainerKeyParts = matching<LibraryContainerKeyParts>(CONTAINER_KEY);
