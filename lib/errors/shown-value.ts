import { shownUrl } from './shown-url.js';

const SECRET_NAME =
  /secret|passw|passphrase|token|credential|sasl|auth$|authorization|api_?key|_key$|^key$|^pass$|^cert$|^pfx$|user(name)?$/i;
const URL_NAME = /url$/i;
const MOST = 80;
/** Letters of any script too: a misspelt word must be recognised. */
const PLAIN = /^[\p{L}\p{N} _.,*+-]*$/u;

/**
 * The value found in a setting or an option, as a message may show it: short, and never a password, a key
 * or what may be one. Of a text with other characters than a name or a number has, only the known parts of
 * a URL are shown; nothing of what is inside an object.
 */
export function shownValue(name: string, value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === '') return 'an empty text';
  if (SECRET_NAME.test(lastPart(name))) return '*** (hidden)';
  if (typeof value === 'string') return shownText(value, URL_NAME.test(name));
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'symbol') return 'a symbol';
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
    return shortened(value.toString());
  if (value === null) return 'null';
  return kindOfObject(value);
}

/** A name that somebody else chose, such as the key of an object, as a message may show it. */
export function shownName(name: string): string {
  return name.length <= 255 && /^[\w.*:-]+$/.test(name) && !name.includes('://')
    ? name
    : `… (a name of ${name.length} characters)`;
}

/** Even that can throw, of a proxy. */
function kindOfObject(value: object): string {
  try {
    return Array.isArray(value) ? `a list of ${value.length}` : 'an object';
  } catch {
    return 'an object';
  }
}

/** `isUrl`: whether it should be a URL, so that a text that is none may be a part of one. */
function shownText(text: string, isUrl: boolean): string {
  if (!isUrl && text.length <= MOST && PLAIN.test(text)) return `'${text}'`;
  const url = shownUrl(text);
  if (url !== undefined) return url === text ? `'${url}'` : `'${url}' and more (hidden)`;
  return `a text of ${text.length} characters (hidden)`;
}

function shortened(text: string): string {
  return text.length > MOST ? `${text.slice(0, MOST)}… (${text.length} characters)` : text;
}

function lastPart(name: string): string {
  const end = name.slice(-MOST);
  return end.slice(Math.max(...['.', ' ', ']', '/'].map((mark) => end.lastIndexOf(mark))) + 1);
}
