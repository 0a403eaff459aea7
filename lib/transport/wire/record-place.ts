import type { EventBusErrorPlace } from '../../errors/index.js';
import { decodeUtf8, parseMetadataText } from './metadata-attributes.js';

type Bytes = Uint8Array | null | undefined;

/** Where an error in a record is: ids and places only; texts that are no type or id are left out. */
export function recordPlace(topic: string, typeBytes: Bytes, idBytes: Bytes): EventBusErrorPlace {
  const eventType = textOf(typeBytes);
  const eventId = parseMetadataText('id', textOf(idBytes));
  return {
    topic,
    ...(/^[\w.-]{1,200}$/.test(eventType) ? { eventType } : {}),
    ...(eventId === undefined ? {} : { eventId }),
  };
}

const textOf = (bytes: Bytes): string => decodeUtf8(bytes ?? new Uint8Array()) ?? '';
