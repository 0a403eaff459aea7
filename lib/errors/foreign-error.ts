import { isNativeError } from 'node:util/types';
import { outsideText, shownUrl } from './outside-text.js';

const DEEPEST = 8;
const MOST_ERRORS = 20;
/** Of one error, and of those in it. */
const MOST_REASONS = 5;
const LONGEST_REASONS = 1_000;
const MOST_FRAMES = 50;
const FRAME = /^ {4}at .{1,1000}(?::\d+:\d+\)?|<anonymous>\)?|native\)?|\(index \d+\))$/;
const WORD = /^[\w$.:-]{1,80}$/;
/** Where client libraries put what they were given. */
const INPUT = ['command', 'args', 'input', 'payload', 'buffer', 'retrier', 'config'];

/** By what they are copies of; what may be shown as it is, by itself. */
const copies = new WeakMap<object, object>();
const ours = new WeakSet();

/** Says of an error that it is made by us, and shows nothing of what clients were given. */
export function isOurs(error: Error): void {
  ours.add(error);
  copies.set(error, error);
}

/**
 * Our own copy of an error of a client library or of Node: name, code, message, stack and Kafka's `type`,
 * and the same of its causes, without what it quotes or keeps of our input (passwords, payloads, URLs).
 * A value that is no error becomes one that says only what kind of value it is; a string is cleaned alike.
 */
export function foreignError(thrown: unknown): unknown {
  if (typeof thrown === 'string') return foreignText('', thrown);
  if (typeof thrown === 'function') return copyOf({}, new Walk());
  if (typeof thrown !== 'object' || thrown === null) return thrown;
  let copy = copies.get(thrown);
  if (!copy) {
    copy = copyOf(thrown, new Walk());
    copies.set(thrown, copy);
    copies.set(copy, copy);
  }
  return copy;
}

/**
 * An error of the application, to be kept as the cause of ours: itself, unless it or one of its causes shows
 * what a client library was given; then a copy as of `foreignError`, but of its class.
 */
export function applicationError(thrown: unknown): unknown {
  if (!showsInput(thrown, new Set())) {
    if (typeof thrown === 'object' && thrown !== null) copies.set(thrown, thrown);
    return thrown;
  }
  const copy = foreignError(thrown);
  if (typeof copy !== 'object') return copy;
  try {
    Object.setPrototypeOf(copy, Object.getPrototypeOf(thrown) as object | null);
  } catch {
    // A proxy that does not say what it is stands for stays a plain Error.
  }
  return copy;
}

/**
 * What an error says, in one line, without what it quotes of our input: its message, then its code, its causes and
 * the errors in it as far as the message does not say them; all that ours says. Of a value that is no error only
 * what kind of value it is. Never throws.
 */
export function messageOf(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null) return kindOf(thrown);
  return ours.has(thrown)
    ? textOf(thrown, 'message')
    : outsideText(wholeReason(thrown, new Set()), LONGEST_REASONS);
}

/**
 * What the code of an error, its causes and the errors in it say that is not in `said`, to be put behind it; ''
 * where that is nothing. Never throws.
 */
export function reasonsBehind(thrown: object, said: string): string {
  return behind(thrown, said, new Set());
}

function wholeReason(thrown: object, seen: Set<object>): string {
  if (ours.has(thrown)) return textOf(thrown, 'message');
  const { message, name } = foreignError(thrown) as Error;
  return message + behind(thrown, message, seen) || name;
}

function behind(thrown: object, said: string, seen: Set<object>): string {
  if (ours.has(thrown)) return '';
  const copy = foreignError(thrown) as CopiedError;
  seen.add(copy);
  const { code, cause, errors = [] } = copy;
  const reasons: string[] = [];
  const isSaid = (text: string): boolean => [said, ...reasons].some((one) => one.includes(text));
  for (const inner of [...errors, cause]) {
    if (reasons.length === MOST_REASONS) break;
    if (typeof inner === 'object' && inner !== null && seen.has(inner)) continue;
    const reason = typeof inner === 'object' && inner !== null ? wholeReason(inner, seen) : inner;
    if (typeof reason === 'string' && !isSaid(reason)) reasons.push(reason);
  }
  const told = reasons.join('; ');
  if (typeof code !== 'string' || isSaid(code)) return said && told ? `: ${told}` : told;
  if (said) return ` (${code})${told && `: ${told}`}`;
  return told ? `${code}: ${told}` : code;
}

interface CopiedError extends Error {
  readonly code?: string | number;
  readonly errors?: readonly unknown[];
}

/** What kind of value was thrown that is no error. Never throws. */
export function kindOf(thrown: unknown): string {
  if (thrown === null) return 'null was thrown';
  if (typeof thrown !== 'object') return `a value of type ${typeof thrown} was thrown`;
  const name = read(read(thrown, 'constructor') as object, 'name');
  return `an object of class ${typeof name === 'string' ? outsideText(name) : 'unknown'} was thrown`;
}

/** Whether `applicationError` must make a copy of it. */
function showsInput(thrown: unknown, seen: Set<unknown>): boolean {
  if (typeof thrown === 'string') return withoutInput('', thrown) !== thrown;
  if (typeof thrown !== 'object' || thrown === null) return false;
  if (seen.has(thrown) || copies.get(thrown) === thrown) return false;
  if (seen.add(thrown).size > MOST_ERRORS) return true;
  const message = textOf(thrown, 'message');
  if (withoutInput(nameOf(thrown), message) !== message) return true;
  return (
    INPUT.some((key) => read(thrown, key) !== undefined) ||
    [causeOf(thrown), ...errorsOf(thrown)].some((inner) => showsInput(inner, seen))
  );
}

/** The frames of a stack, without the message before them. */
export function framesOf(stack: unknown, message = ''): string {
  if (typeof stack !== 'string') return '';
  const at = message === '' ? -1 : stack.indexOf(message);
  const lines = (at < 0 ? stack : stack.slice(at + message.length)).split('\n');
  let first = lines.length;
  while (first > 0 && FRAME.test(lines[first - 1]!)) first--;
  return lines
    .slice(first, first + MOST_FRAMES)
    .map((line) => `\n${line}`)
    .join('');
}

/** What one error may become in all, however its causes hang together. */
class Walk {
  left = MOST_ERRORS;
  readonly done = new Map<object, Error>();
}

function copyOf(original: object, walk: Walk, depth = 0): Error {
  walk.left--;
  const name = nameOf(original);
  const own = textOf(original, 'message');
  const message =
    isNativeError(original) || own !== ''
      ? foreignText(name, own)
      : 'a value that is not an Error was thrown';
  const copy = new Error(message);
  walk.done.set(original, copy);
  const head = message === '' ? name : `${name}: ${message}`;
  const stack = head + framesOf(read(original, 'stack'), own);
  define(copy, { name, stack });
  for (const key of ['code', 'type']) {
    const value = read(original, key);
    if (typeof value === 'number' || (typeof value === 'string' && WORD.test(value)))
      Object.assign(copy, { [key]: value });
  }
  const retriable = read(original, 'retriable');
  if (typeof retriable === 'boolean') define(copy, { retriable });
  const inner = (error: unknown): unknown => innerOf(error, walk, depth + 1);
  const cause = inner(causeOf(original));
  if (cause !== undefined) define(copy, { cause });
  const errors = errorsOf(original).map(inner);
  if (errors.length > 0) define(copy, { errors: errors.filter((error) => error !== undefined) });
  return copy;
}

function innerOf(error: unknown, walk: Walk, depth: number): unknown {
  if (typeof error === 'string') return foreignText('', error);
  if (typeof error !== 'object' || error === null) return undefined;
  const known = walk.done.get(error) ?? copies.get(error);
  if (known) return known;
  return depth > DEEPEST || walk.left <= 0 ? undefined : copyOf(error, walk, depth);
}

function causeOf(error: object): unknown {
  return read(error, 'cause') ?? read(error, 'lastNodeError') ?? read(error, 'originalError');
}

function errorsOf(error: object): unknown[] {
  const errors = read(error, 'errors') ?? read(error, 'previousErrors');
  try {
    return Array.isArray(errors) ? errors.slice(0, MOST_ERRORS) : [];
  } catch {
    return [];
  }
}

function nameOf(error: object): string {
  const name = textOf(error, 'name');
  return WORD.test(name) ? name : 'Error';
}

function textOf(error: object, key: string): string {
  const value = read(error, key);
  return typeof value === 'string' ? value : '';
}

/** Of anything that was thrown, a getter may throw in its turn. */
function read(from: object, key: string): unknown {
  try {
    return (from as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}

function define(error: Error, values: Record<string, unknown>): void {
  for (const [key, value] of Object.entries(values))
    Object.defineProperty(error, key, { value, configurable: true, writable: true });
}

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
 * arguments of a command, a string that is no JSON, the value of an argument or a header, credentials in a URL.
 * Of a long message only the beginning.
 */
export function withoutInput(name: string, message: string): string {
  let text = message.length > LONGEST ? message.slice(0, LONGEST) : message;
  if (name === 'SyntaxError' || /is not valid JSON$| to a BigInt$/.test(text))
    text = withoutSource(text);
  text = withoutArgument(text);
  if (name === 'TypeError' || name === 'RangeError') text = withoutValue(text);
  if (/header/i.test(text)) text = withoutQuoted(text);
  return withoutAddresses(text).trimEnd();
}

/** As `withoutInput`, as one line of at most `limit` characters, fit for a log line or for an error of ours. */
export function foreignText(name: string, message: string, limit?: number): string {
  const whole = message.length > LONGEST ? message.length : undefined;
  return outsideText(withoutInput(name, message).trim(), limit, whole);
}

/** Messages about a string end with its place, or quote it. */
function withoutSource(text: string): string {
  const quotes = text.includes('"') || text.startsWith('Unexpected token');
  if (!quotes && / JSON(?: input)?(?: at position \d+[ \w()]{0,60})?$/.test(text)) return text;
  if (text.includes('JSON')) return 'the text is not valid JSON';
  if (text.includes('BigInt')) return 'the text is not an integer';
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

/** Messages of V8 that quote a value, and what they are without it. */
const QUOTED_VALUES: readonly (readonly [RegExp, string])[] = [
  [/^(Cannot use 'in' operator) to search for [^]*$/, '$1'],
  [/^(Cannot [^']{1,40}'[^']*' (?:on|of) (?:string|number|bigint|boolean)) [^]*$/, '$1'],
  [/^Iterator value [^]*( is not an entry object)$/, 'A value$1'],
  [/^(?:string|number|bigint|boolean) [^]*( is not iterable)[^]*$/, 'A value$1'],
  [/^(Object prototype may only be an Object or null): [^]*$/, '$1'],
  [/^(Invalid (?:time zone specified|language tag|currency code|unit argument)) ?:? [^]*$/, '$1'],
];

function withoutValue(text: string): string {
  for (const [quotes, rest] of QUOTED_VALUES)
    if (quotes.test(text)) return text.replace(quotes, rest);
  return text;
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
