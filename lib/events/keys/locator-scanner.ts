/** The characters that one part of a key may have. */
export class Alphabet {
  private readonly ascii = new Uint8Array(128);

  /** `beyond` is a sticky expression for a run of those that are not ASCII; it may go on over ASCII ones. */
  constructor(
    ascii: string,
    private readonly beyond?: RegExp,
  ) {
    for (const character of ascii) this.ascii[character.charCodeAt(0)] = 1;
  }

  /** The position behind all characters of the alphabet that follow one another from `start`. */
  endOfRun(text: string, start: number): number {
    let at = start;
    while (at < text.length) {
      const unit = text.charCodeAt(at);
      if (unit < 128) {
        if (this.ascii[unit] === 0) return at;
        at++;
      } else {
        if (this.beyond === undefined) return at;
        this.beyond.lastIndex = at;
        if (!this.beyond.test(text)) return at;
        at = this.beyond.lastIndex;
      }
    }
    return at;
  }
}

const DIGITS = '0123456789';
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const WORD = `${LETTERS}${DIGITS}_`;

/** Python's word characters: letters and numbers of every script. */
const LETTERS_AND_NUMBERS = /[\p{L}\p{N}]+/uy;

/** Parts of the `course-v1` family. */
export const ID = new Alphabet(`${WORD}-~.:`, LETTERS_AND_NUMBERS);
/** Block ids of old, which were escaped with `%`. */
export const ESCAPED_ID = new Alphabet(`${WORD}-~.:%`, LETTERS_AND_NUMBERS);
/** Parts of `ORG/COURSE/RUN`. */
export const LEGACY_NAME = new Alphabet(`${WORD}-.%`, LETTERS_AND_NUMBERS);
/** Organisations and types of libraries. */
export const LIBRARY_NAME = new Alphabet(`${WORD}-.`);
/** Slugs and ids of libraries. */
export const SLUG = new Alphabet(`${WORD}-.`, LETTERS_AND_NUMBERS);
export const HEX = new Alphabet(`${DIGITS}abcdef`);
export const HEX_OF_EITHER_CASE = new Alphabet(`${DIGITS}abcdefABCDEF`);
/** Decimal digits of every script. */
export const DECIMAL = new Alphabet(DIGITS, /\p{Nd}+/uy);

/** What follows the namespace of a key of the `course-v1` family; a part that it does not have is undefined. */
export interface Locator {
  org?: string;
  course?: string;
  run?: string;
  branch?: string;
  /** 24 hexadecimal digits: the id of a MongoDB document. */
  version?: string;
  ccx?: string;
  type?: string;
  block?: string;
}

/** A part that says what it is, as `branch@draft`. */
interface Tag {
  readonly name: 'branch' | 'version' | 'ccx' | 'type' | 'block';
  readonly alphabet: Alphabet;
}

const VERSION_LENGTH = 24;
const WORDS = ['org', 'course', 'run'] as const;

const TAGS: readonly Tag[] = [
  { name: 'branch', alphabet: ID },
  { name: 'version', alphabet: HEX },
  { name: 'type', alphabet: ID },
  { name: 'block', alphabet: ESCAPED_ID },
];
const CCX_TAGS: readonly Tag[] = [
  { name: 'branch', alphabet: ID },
  { name: 'version', alphabet: HEX_OF_EITHER_CASE },
  { name: 'ccx', alphabet: DECIMAL },
  { name: 'type', alphabet: ID },
  { name: 'block', alphabet: ID },
];

/**
 * Reads a locator from `start` to the end of the text: parts joined by `+`, first none, two or three
 * plain words (organisation, course, run), then tagged parts in their order, each at most once.
 */
export function scanLocator(text: string, start: number): Locator | undefined {
  return scan(text, start, TAGS, nameIs);
}

/** As `scanLocator`, with the tag `ccx` besides, which must be there, and tags in letters of either case. */
export function scanCcxLocator(text: string, start: number): Locator | undefined {
  const found = scan(text, start, CCX_TAGS, foldedNameIs);
  return found?.ccx === undefined ? undefined : found;
}

type IsName = (text: string, start: number, end: number, name: string) => boolean;

function scan(
  text: string,
  start: number,
  tags: readonly Tag[],
  isName: IsName,
): Locator | undefined {
  const found: Locator = {};
  let words = 0;
  let nextTag = 0;
  for (let at = start; ; at++) {
    const end = ID.endOfRun(text, at);
    if (end === at) return undefined;
    if (text[end] !== '@') {
      if (words === WORDS.length || nextTag > 0) return undefined;
      found[WORDS[words++]!] = text.slice(at, end);
      at = end;
    } else {
      while (nextTag < tags.length && !isName(text, at, end, tags[nextTag]!.name)) nextTag++;
      const tag = tags[nextTag++];
      if (tag === undefined) return undefined;
      at = tag.alphabet.endOfRun(text, end + 1);
      if (at === end + 1) return undefined;
      found[tag.name] = text.slice(end + 1, at);
    }
    if (at === text.length) break;
    if (text[at] !== '+') return undefined;
  }
  if (words === 1) return undefined;
  const { version } = found;
  return version === undefined || version.length === VERSION_LENGTH ? found : undefined;
}

const nameIs: IsName = (text, start, end, name) =>
  end - start === name.length && text.startsWith(name, start);

const foldedNameIs: IsName = (text, start, end, name) => {
  if (end - start !== name.length) return false;
  for (let i = 0; i < name.length; i++) if (folded(text[start + i]!) !== name[i]) return false;
  return true;
};

/** What Python's matching without regard to case takes for an ASCII letter, besides its other case. */
const FOLDED: ReadonlyMap<string, string> = new Map([
  ['\u017f', 's'],
  ['\u212a', 'k'],
  ['\u0131', 'i'],
  ['\u0130', 'i'],
]);

const folded = (character: string): string => FOLDED.get(character) ?? character.toLowerCase();
