const LONGEST = 256;

/** Controls, breaks of a line, halves of a character, and all that is not seen itself or moves what is. */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;

/** What needs no look at each character: nearly every text. */
const PLAIN = /^[\x20-\x7e]*$/;

/**
 * A string from outside (a name on the wire, the message of a broker or registry) as one line of a log or of an
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

const SCHEMES = new Set(['http:', 'https:', 'redis:', 'rediss:', 'unix:', 'kafka:']);
const HOST = /^(?:[\w.-]{1,253}|\[[0-9a-f:.]{2,45}\])$/i;
const LONGEST_URL = 500;

/**
 * The parts of a URL that are no secret: scheme, host, port and the number of a database. Undefined where
 * it cannot be told what is which, as with a password that holds `/`, `?` or `#` unescaped.
 */
export function shownUrl(text: string): string | undefined {
  if (text.length > LONGEST_URL || /\s/.test(text.trim()) || !URL.canParse(text)) return undefined;
  const { protocol, hostname, port, pathname, search, hash } = new URL(text);
  if (!SCHEMES.has(protocol) || hash !== '' || /@|%40/.test(pathname + search)) return undefined;
  if (protocol === 'unix:') return 'unix://…';
  if (!HOST.test(hostname)) return undefined;
  const db = protocol.startsWith('redis') && /^\/\d{1,5}$/.test(pathname) ? pathname : '';
  return `${protocol}//${hostname}${port && `:${port}`}${db}`;
}

const SECRET_NAME =
  /secret|passw|passphrase|token|credential|sasl|auth$|authorization|api_?key|_key$|^key$|^pass$|^cert$|^pfx$|user(name)?$/i;
const URL_NAME = /url$/i;
const MOST = 80;
/** Letters of any script too: a misspelt word must be recognised. */
const PLAIN_VALUE = /^[\p{L}\p{N} _.,*+-]*$/u;

/**
 * The value found in a setting or an option, as a message may show it: short, and never a password, a key
 * or what may be one. Of a string with other characters than a name or a number has, only the known parts of
 * a URL are shown; nothing of what is inside an object.
 */
export function shownValue(name: string, value: unknown): string {
  if (value === undefined) return 'not set';
  if (value === '') return 'an empty string';
  if (SECRET_NAME.test(lastPart(name))) return '*** (hidden)';
  if (typeof value === 'string') return shownText(value, URL_NAME.test(name));
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'symbol') return 'a symbol';
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
    return shortened(value.toString());
  if (value === null) return 'null';
  return kindOfObject(value);
}

/** A name that comes from outside, such as the key of an object, as a message may show it. */
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

/** `isUrl`: whether it should be a URL, so that a string that is none may be a part of one. */
function shownText(text: string, isUrl: boolean): string {
  if (!isUrl && text.length <= MOST && PLAIN_VALUE.test(text)) return `'${text}'`;
  const url = shownUrl(text);
  if (url !== undefined) return url === text ? `'${url}'` : `'${url}' and more (hidden)`;
  return `a string of ${text.length} characters (hidden)`;
}

function shortened(text: string): string {
  return text.length > MOST ? `${text.slice(0, MOST)}… (${text.length} characters)` : text;
}

function lastPart(name: string): string {
  const end = name.slice(-MOST);
  return end.slice(Math.max(...['.', ' ', ']', '/'].map((mark) => end.lastIndexOf(mark))) + 1);
}
