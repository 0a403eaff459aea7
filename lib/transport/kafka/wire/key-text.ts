import { unframe } from './confluent-frame.js';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The text in a framed key that holds an Avro `string`, as nearly all keys of events do; undefined for
 * other bytes. The registry is not asked: what a key is called must not hold up its record.
 */
export function keyText(key: Uint8Array): string | undefined {
  const framed = unframe(key);
  if (typeof framed === 'string') return undefined;
  const { body } = framed;
  let [length, at] = [0, 0];
  for (let shift = 1, more = true; more; shift *= 128, at++) {
    if (at === 5 || at === body.length) return undefined;
    length += (body[at]! & 127) * shift;
    more = body[at]! > 127;
  }
  // Zigzag: even numbers are the ones from zero up.
  if (length === 0 || length % 2 === 1 || at + length / 2 !== body.length) return undefined;
  try {
    return utf8.decode(body.subarray(at));
  } catch {
    return undefined;
  }
}
