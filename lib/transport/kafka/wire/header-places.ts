import type { IncomingRecord } from '../../transport.interface.js';

/** Gets a header's name and where its value lies: from `start` to `end` of the bytes, null where it is null. */
export type HeaderVisitor = (
  name: string,
  bytes: Uint8Array | null,
  start: number,
  end: number,
) => void;

/** A record of which headers can be read where they lie, without a piece of memory for each. */
export interface RecordInPlace extends IncomingRecord {
  /** In the order of the wire, repeats too. */
  eachHeader(visit: HeaderVisitor): void;
}

export function eachHeader(record: IncomingRecord, visit: HeaderVisitor): void {
  if ('eachHeader' in record) (record as RecordInPlace).eachHeader(visit);
  else
    for (const [name, value] of record.attributes) visit(name, value, 0, value ? value.length : 0);
}
