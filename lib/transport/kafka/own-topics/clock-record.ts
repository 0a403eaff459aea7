import type { IncomingRecord, OutgoingRecord } from '../../transport.interface.js';

/** The only header of a record that asks for the time. */
const KIND = 'openedx.retry.record';
const CLOCK = 'clock';
/** A larger record is none. */
export const MOST_CLOCK_BYTES = 64;

/** A record that is written so that the broker stamps it, and thereby tells its time. Nobody is to have it. */
export function clockRecord(topic: string): OutgoingRecord {
  const attributes = [[KIND, Buffer.from(CLOCK)]] as const;
  // A Python consumer ends at a record without a value.
  const value = Buffer.from(CLOCK);
  return { topic, partition: 0, key: null, attributes, value, untrimmed: true };
}

export function isClockRecord({ key, attributes, unreadable }: IncomingRecord): boolean {
  if (key !== null || unreadable || attributes.length !== 1) return false;
  const [[name, kind]] = attributes as [IncomingRecord['attributes'][number]];
  return name === KIND && kind !== null && Buffer.from(kind).equals(Buffer.from(CLOCK));
}
