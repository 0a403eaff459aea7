import type { EventDefinition } from '../../events/event-definition.js';
import { BodyReader } from './body-reader.js';
import { interpretRecord } from './interpreted-records.js';
import { MalformedBody } from './malformed.js';
import type { RawBuffer } from './raw-buffer.js';
import { bodyOf } from './shape.js';

/** The value at the beginning of a body. */
export interface BodyPrefix {
  readonly data: unknown;
  /** Bytes behind it, that nothing is known of. */
  readonly bytesLeft: number;
}

/** Reads what a body begins with by the definition; undefined where that is no whole, valid value. */
export function readPrefix(definition: EventDefinition, body: Uint8Array): BodyPrefix | undefined {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength) as RawBuffer;
  const reader = new BodyReader();
  reader.open(bytes);
  try {
    const data = interpretRecord(bodyOf(definition)).read(reader);
    return { data, bytesLeft: reader.end - reader.at };
  } catch (error) {
    if (error instanceof MalformedBody) return undefined;
    throw error;
  }
}
