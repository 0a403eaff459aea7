import type { IHeaders } from 'kafkajs';
import type { EventRecord } from '../../transport.interface.js';

type Attributes = EventRecord['attributes'];

export function attributesOf(headers: IHeaders | undefined): Attributes {
  const attributes: [string, Uint8Array | null][] = [];
  for (const name in headers) {
    const value = headers[name];
    if (Array.isArray(value)) for (const one of value) attributes.push([name, bytesOf(one)]);
    else attributes.push([name, bytesOf(value)]);
  }
  return attributes;
}

function bytesOf(value: Buffer | string | null | undefined): Uint8Array | null {
  return typeof value === 'string' ? Buffer.from(value) : (value ?? null);
}
