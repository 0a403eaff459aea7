import { InvalidEventDataError } from '../errors/index.js';
import { bytesFromHex } from './avro/raw-bytes.js';
import { setEntry } from './avro/record-functions.js';

/**
 * Reads event data from JSON in which `{"$long": "…"}`, `{"$float": "NaN"}` and `{"$bytes": "00ff"}`
 * stand for what JSON cannot hold. Nothing is lost: an integer that a number does not hold becomes
 * a bigint, tagged or not; a byte order mark is left out. Throws InvalidEventDataError, whose message has none of the text.
 */
export function parseTagged(json: string): unknown {
  const text = json.startsWith('\uFEFF') ? json.slice(1) : json;
  const value = parseJson(text);
  try {
    return untag(/\d{16}/.test(text) ? parseJson(tagLongIntegers(text)) : value, '');
  } catch (error) {
    throw error instanceof RangeError ? refusal('too long or too deeply nested') : error;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw refusal('not JSON');
  }
}

/** The same value with tags for what JSON cannot hold: hand the result to JSON.stringify. */
export function toTagged(value: unknown): unknown {
  if (typeof value === 'bigint') return { $long: value.toString() };
  if (typeof value === 'number') return isPlainNumber(value) ? value : { $float: floatName(value) };
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(toTagged);
  if (ArrayBuffer.isView(value))
    return {
      $bytes: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex'),
    };
  return mapMembers(value, toTagged);
}

const isPlainNumber = (value: number): boolean => Number.isFinite(value) && !Object.is(value, -0);
const floatName = (value: number): string => (Object.is(value, -0) ? '-0.0' : String(value));

const STRING_OR_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/gs;

/** Of JSON: every string in it ends, else the time taken would grow with the square of its length. */
function tagLongIntegers(json: string): string {
  return json.replace(STRING_OR_NUMBER, (token) =>
    /^-?[1-9]\d{15,}$/.test(token) && !Number.isSafeInteger(Number(token))
      ? `{"$long":"${token}"}`
      : token,
  );
}

const FLOATS: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
  '-0.0': -0,
};

function untag(value: unknown, path: string): unknown {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw refusal('a number out of range for a double', path);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item, i) => untag(item, `${path}[${i}]`));
  const members = Object.entries(value);
  const only = members[0];
  if (members.length === 1 && only !== undefined && typeof only[1] === 'string')
    return tagged(only[0], only[1], path) ?? value;
  return mapMembers(value, (member, name) => untag(member, path ? `${path}.${name}` : name));
}

/** The value that a tag stands for; undefined when it is no tag but an ordinary member. */
function tagged(tag: string, text: string, path: string): unknown {
  switch (tag) {
    case '$long': {
      if (!/^-?\d{1,100}$/.test(text)) throw refusal('$long must be an integer', path);
      const long = BigInt(text);
      return Number.isSafeInteger(Number(long)) ? Number(long) : long;
    }
    case '$float':
      if (!Object.hasOwn(FLOATS, text))
        throw refusal('$float must be NaN, Infinity or -Infinity', path);
      return FLOATS[text];
    case '$bytes':
      return bytesFromHex(text) ?? refuse('$bytes must be hexadecimal', path);
    default:
      return undefined;
  }
}

function mapMembers(value: object, change: (member: unknown, name: string) => unknown): object {
  const result = {};
  for (const [name, member] of Object.entries(value)) setEntry(result, name, change(member, name));
  return result;
}

function refuse(message: string, path: string): never {
  throw refusal(message, path);
}

const refusal = (message: string, path = ''): InvalidEventDataError =>
  new InvalidEventDataError([{ path: path || 'data', message }], {});
