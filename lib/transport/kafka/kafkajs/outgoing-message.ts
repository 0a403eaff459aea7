import type { IHeaders, Message } from 'kafkajs';
import { asBuffer } from '../../../common/bytes.js';
import type { OutgoingRecord } from '../../transport.interface.js';

type Header = IHeaders[string] | null;

/** A record as a user of kafkajs would send it: a plain object. */
export function messageOf({ key, value, attributes }: OutgoingRecord): Message {
  return { key: bufferOf(key), value: bufferOf(value), headers: headersOf(attributes) };
}

/**
 * The record with what others made of its message. `sent` is the message as `messageOf` made it. Headers that were added or
 * replaced go behind those of the record.
 */
export function recordOf(record: OutgoingRecord, sent: Message, made: Message): OutgoingRecord {
  const before: Readonly<Record<string, Header>> = sent.headers ?? {};
  const headers: Readonly<Record<string, Header>> = made.headers ?? {};
  const isSame = (name: string): boolean =>
    Object.hasOwn(before, name) &&
    Object.hasOwn(headers, name) &&
    sameHeader(before[name], headers[name]);
  const kept = record.attributes.filter(([name]) => isSame(name));
  const added = Object.entries(headers)
    .filter(([name]) => !isSame(name))
    .flatMap(([name, value]) =>
      (Array.isArray(value) ? value : [value]).map((one) => [name, bytesOf(one)] as const),
    );
  return {
    ...record,
    attributes: [...kept, ...added],
    ...(made.key !== sent.key && { key: bytesOf(made.key) }),
    ...(made.value !== sent.value && { value: bytesOf(made.value) }),
  };
}

/** As kafkajs has them when it reads: a name that comes several times has a list. */
export function headersOf(attributes: OutgoingRecord['attributes']): IHeaders {
  const headers: Record<string, Header> = {};
  for (const [name, value] of attributes) {
    const bytes = bufferOf(value);
    const known = Object.hasOwn(headers, name) ? headers[name] : undefined;
    let next: Header = bytes;
    if (known !== undefined)
      next = [...(Array.isArray(known) ? known : [known]), bytes] as (Buffer | string)[];
    // A header may be called `__proto__`.
    Object.defineProperty(headers, name, {
      ...{ value: next, writable: true, enumerable: true, configurable: true },
    });
  }
  return headers as IHeaders;
}

function sameHeader(one: Header | undefined, other: Header | undefined): boolean {
  if (!Array.isArray(one) || !Array.isArray(other)) return one === other;
  return one.length === other.length && one.every((value, i) => value === other[i]);
}

function bufferOf(bytes: Uint8Array | null): Buffer | null {
  return bytes === null ? null : asBuffer(bytes);
}

function bytesOf(value: unknown): Uint8Array | null {
  if (value === null || value === undefined) return null;
  return value instanceof Uint8Array ? value : Buffer.from(String(value as string));
}
