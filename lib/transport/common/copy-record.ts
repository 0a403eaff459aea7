import type { IncomingRecord } from '../transport.interface.js';

/** A copy that shares no bytes: what one reader does to a record, no other sees. */
export function copyRecord(record: IncomingRecord): IncomingRecord {
  const { topic, key, attributes, value, brokerTime, unreadable } = record;
  return {
    topic,
    key: key && Buffer.from(key),
    attributes: attributes.map(([name, bytes]) => [name, bytes && Buffer.from(bytes)] as const),
    value: value && Buffer.from(value),
    ...(brokerTime === undefined ? {} : { brokerTime }),
    ...(unreadable && { unreadable }),
  };
}
