const LONGEST = 256;

/** Controls, breaks of a line, halves of a character, and all that is not seen itself or moves what is. */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;

/** What needs no look at each character: nearly every text. */
const PLAIN = /^[\x20-\x7e]*$/;

/**
 * A text from outside (a name on the wire, the message of a broker or registry) as one line of a log or of an
 * error may show it: at most `limit` characters, control, line-breaking, invisible and direction-changing
 * characters escaped as in JSON. Takes time in proportion to `limit`, whatever the length of the text.
 * `length` is that of the whole text, where `text` is the beginning of it.
 */
export function outsideText(text: string, limit = LONGEST, length = text.length): string {
  if (length <= limit && PLAIN.test(text)) return text;
  const shown = text.length > limit ? text.slice(0, limit) : text;
  const safe = shown.replace(UNSAFE, escaped);
  return length > limit ? `${safe}… (${length} characters)` : safe;
}

function escaped(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\r') return '\\r';
  if (character === '\t') return '\\t';
  let units = '';
  for (let i = 0; i < character.length; i++)
    units += `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`;
  return units;
}
