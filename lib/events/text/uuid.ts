import { systemNow } from '../../common/clocks.js';
import { createHash, randomBytes } from 'node:crypto';

const PLAIN = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * The hyphenated lower-case form of any text that Python's `UUID(text)` takes: upper case, braces,
 * `urn:uuid:`, hyphens anywhere or nowhere. Undefined where Python rejects.
 */
export function canonicalUuid(text: string): string | undefined {
  if (PLAIN.test(text)) return text;
  const inner = withoutOuterBraces(text.replaceAll('urn:', '').replaceAll('uuid:', ''));
  const digits = inner.replaceAll('-', '');
  // Characters, each of one or two code units.
  if (digits.length < 32 || digits.length > 64 || [...digits].length !== 32) return undefined;
  const value = /^[0-9a-f]{32}$/i.test(digits) ? digits.toLowerCase() : pythonHex(digits);
  return value && hyphenated(value);
}

function withoutOuterBraces(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && isBrace(text[start])) start++;
  while (end > start && isBrace(text[end - 1])) end--;
  return text.slice(start, end);
}

const isBrace = (character: string | undefined): boolean => character === '{' || character === '}';

function hyphenated(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** What Python's `int(text, 16)` makes of the odd forms that it takes, as 32 digits. */
function pythonHex(text: string): string | undefined {
  const number = withoutOuterSpace(text).replace(/\p{Nd}/gu, (digit) =>
    String(decimalDigit(digit)),
  );
  const match = /^\+?(?:0x_?)?([0-9a-f]+(?:_[0-9a-f]+)*)$/i.exec(number);
  return match?.[1]?.replaceAll('_', '').toLowerCase().padStart(32, '0');
}

const GREGORIAN_TO_UNIX_MS = 12_219_292_800_000;
const TICKS_PER_MS = 10_000;
const MS_28_BITS = 0x1000_0000;

let node: string | undefined;
let clockSequence = 0;
let lastMs = 0;
let tick = 0;

/**
 * A new UUID version 1 (RFC 4122): ordered within this process by its timestamp. The node is random,
 * with the multicast bit that marks it so: no network address leaves the machine.
 */
export function newUuidV1(): string {
  if (node === undefined) {
    const random = randomBytes(8);
    random[0]! |= 0x01;
    node = random.toString('hex', 0, 6);
    clockSequence = random.readUInt16BE(6) & 0x3fff;
  }
  const now = systemNow() + GREGORIAN_TO_UNIX_MS;
  if (now > lastMs) {
    lastMs = now;
    tick = 0;
  } else if (++tick === TICKS_PER_MS) {
    lastMs++;
    tick = 0;
  }
  // 2^28 ms are 625 * 2^32 ticks of 100 ns, so both halves stay exact.
  const ticks = (lastMs % MS_28_BITS) * TICKS_PER_MS + tick;
  const low = ticks % 0x1_0000_0000;
  const high = Math.floor(lastMs / MS_28_BITS) * 625 + Math.floor(ticks / 0x1_0000_0000);
  const midHex = (high & 0xffff).toString(16).padStart(4, '0');
  const highHex = ((high >>> 16) | 0x1000).toString(16);
  const sequenceHex = (clockSequence | 0x8000).toString(16);
  return `${low.toString(16).padStart(8, '0')}-${midHex}-${highHex}-${sequenceHex}-${node}`;
}

/** The UUID version 5 (RFC 4122, SHA-1) of a name: the same for the same namespace and name. */
export function uuidV5(namespace: string, name: string): string {
  const hash = createHash('sha1')
    .update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
    .update(name, 'utf8')
    .digest();
  hash[6] = (hash[6]! & 0x0f) | 0x50;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  return hyphenated(hash.toString('hex', 0, 16));
}

/** What Python's `int` takes for white space: neither as `str.isspace` nor as JavaScript's `\s`. */
const SPACE = /[\t-\r\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;
const DECIMAL_DIGIT = /\p{Nd}/u;

/** The text without the white space at its ends that Python's `int` passes over. */
export function withoutOuterSpace(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && SPACE.test(text[start]!)) start++;
  while (end > start && SPACE.test(text[end - 1]!)) end--;
  return text.slice(start, end);
}

/**
 * The value of a decimal digit of any script, which Unicode keeps in runs of ten, from zero to nine.
 * Several runs may touch.
 */
export function decimalDigit(digit: string): number {
  const code = digit.codePointAt(0)!;
  let first = code;
  while (DECIMAL_DIGIT.test(String.fromCodePoint(first - 1))) first--;
  return (code - first) % 10;
}
