import type { IHeaders } from 'kafkajs';
import { asBuffer } from '../../as-buffer.js';
import type { EventRecord } from '../../transport.interface.js';

type Attributes = EventRecord['attributes'];

const EMPTY = Buffer.alloc(0);

/**
 * kafkajs keeps headers by name: repeats of one name go together, where the first of them was. It
 * cannot write a null value, which is written empty.
 */
export function headersOf(attributes: Attributes): IHeaders {
  const headers = Object.create(null) as Record<string, Buffer[]>;
  for (const [name, value] of attributes)
    (headers[name] ??= []).push(value === null ? EMPTY : asBuffer(value));
  return headers;
}

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
