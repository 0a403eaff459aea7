import { outsideText } from './outside-text.js';
import { shownUrl } from './shown-url.js';

/** More than any log line shows of it. */
const LONGEST = 2_000;

/** What follows is what the other side was given: commands with passwords, payloads, URLs, headers. */
const QUOTED_AFTER = [
  'with args beginning with',
  'failed to parse url from',
  'includes credentials:',
  'invalid url:',
];

/**
 * The message of an error of a client library or of Node, without what it quotes of our input: the
 * arguments of a command, a text that is no JSON, the value of an argument or a header, credentials in a URL.
 * Of a long message only the beginning.
 */
export function withoutInput(name: string, message: string): string {
  let text = message.length > LONGEST ? message.slice(0, LONGEST) : message;
  if (name === 'SyntaxError' || /is not valid JSON$| to a BigInt$/.test(text))
    text = withoutSource(text);
  text = withoutArgument(text);
  if (/header/i.test(text)) text = withoutQuoted(text);
  return withoutAddresses(text).trimEnd();
}

/** As `withoutInput`, as one line of at most `limit` characters, fit for a log line or for an error of ours. */
export function foreignText(name: string, message: string, limit?: number): string {
  const whole = message.length > LONGEST ? message.length : undefined;
  return outsideText(withoutInput(name, message).trim(), limit, whole);
}

/** Messages about a text end with its place, or quote it. */
function withoutSource(text: string): string {
  const quotes = text.includes('"') || text.startsWith('Unexpected token');
  if (!quotes && / JSON(?: input)?(?: at position \d+[ \w()]{0,60})?$/.test(text)) return text;
  if (text.includes('JSON')) return 'the text is not valid JSON';
  if (text.includes('BigInt')) return 'the text is not a whole number';
  return 'the text cannot be parsed';
}

function withoutArgument(text: string): string {
  const lower = text.toLowerCase();
  let end = text.length;
  for (const words of QUOTED_AFTER) {
    const at = lower.indexOf(words);
    if (at >= 0) end = Math.min(end, at);
  }
  // Node: The "port" argument must be of type number. Received type string ('…')
  const received = text.indexOf(' Received ');
  if (
    received >= 0 &&
    / must be | should be | is invalid|out of range/.test(text.slice(0, received))
  )
    end = Math.min(end, received);
  // avsc: invalid "string": …
  if (text.startsWith('invalid ')) {
    const value = text.indexOf(': ');
    if (value >= 0) end = Math.min(end, value);
  }
  return end < text.length ? text.slice(0, end).replace(/[\s,;:]{1,20}$/, '') : text;
}

function withoutQuoted(text: string): string {
  const first = text.indexOf('"');
  const last = text.lastIndexOf('"');
  return last > first ? `${text.slice(0, first)}"…"${text.slice(last + 1)}` : text;
}

/** Whatever stands before an `@` may be a user and a password, and so may parts of a URL. */
function withoutAddresses(text: string): string {
  if (!text.includes('@') && !text.includes('://')) return text;
  return text
    .split(/([\s"'`,;()<>]+)/)
    .map((word) => {
      const url = word.indexOf('://');
      if (url >= 0) return shownUrl(word) ?? '…';
      const at = word.lastIndexOf('@');
      return at > 0 ? `…${word.slice(at)}` : word;
    })
    .join('');
}
