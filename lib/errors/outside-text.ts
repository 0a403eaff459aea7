const LONGEST = 256;

const UNSAFE =
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  /[\x00-\x1f\x7f-\x9f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]|\p{Cs}/gu;

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
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
