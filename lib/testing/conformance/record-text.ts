import type { EventRecord } from '../../transport/transport.interface.js';

/** A record as text, for comparison: topic, key, attributes in order and body, bytes as hex. */
export function hexOf({ topic, key, attributes, body }: EventRecord): string {
  const hex = (bytes: Uint8Array | null): string =>
    bytes ? Buffer.from(bytes).toString('hex') : 'null';
  const fields = attributes.map(([name, value]) => `${name}=${hex(value)}`);
  return [topic, hex(key), ...fields, hex(body)].join('\n');
}
