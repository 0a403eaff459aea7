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
