import { gzipSync } from 'node:zlib';
import type { Codecs } from '../../../lib/transport/kafka/kafkajs/compression/decompress.js';
import {
  batchBytes,
  type MadeRecord,
  oldMessageBytes,
  recordsBytes,
} from '../../unit/kafka/support/hand-made-batches.js';

const [GZIP, TRANSACTIONAL, CONTROL] = [1, 16, 32];

export interface LoggedRecord {
  readonly offset: number;
  /** The number of its batch. */
  readonly unit: number;
  readonly value: string;
  readonly isControl: boolean;
}

export interface Unit {
  /** Where it lies in the set. */
  readonly start: number;
  readonly end: number;
  readonly first: number;
  readonly last: number;
  /** Each of its offsets has a record. */
  readonly isDense: boolean;
  readonly isOld: boolean;
}

/** A partition as a broker has it, with what a reader must get of it. */
export interface MadeLog {
  readonly set: Buffer;
  readonly units: readonly Unit[];
  readonly records: readonly LoggedRecord[];
  readonly end: number;
  readonly aborted: readonly { readonly producerId: number; readonly first: number }[];
}

class LogWriter {
  private readonly parts: Buffer[] = [];
  private readonly units: Unit[] = [];
  private readonly records: LoggedRecord[] = [];
  private readonly aborted: { producerId: number; first: number }[] = [];
  private size = 0;
  private next = 0;

  constructor(private readonly codecs: Codecs) {}

  /** A batch with a record at each of these places behind its first offset. */
  async batch(
    deltas: readonly number[],
    type: number,
    more: { attributes?: number; producerId?: number } = {},
  ) {
    const first = this.next;
    const last = first + (deltas.at(-1) ?? 0);
    const isControl = ((more.attributes ?? 0) & CONTROL) > 0;
    const records = deltas.map((delta): MadeRecord => {
      const value = isControl ? 'end' : `value ${first + delta}`;
      this.note(first + delta, value, isControl);
      const key = isControl ? Buffer.of(0, 0, 0, 0) : delta % 2 ? null : `key ${delta}`;
      return {
        delta,
        key,
        value,
        headers: isControl
          ? []
          : [
              ['ce_type', 'x'],
              ['empty', null],
            ],
      };
    });
    const plain = recordsBytes(records);
    const body = await compressed(plain, type, this.codecs);
    const attributes = type | (more.attributes ?? 0);
    const made = { base: first, body, count: deltas.length, lastDelta: last - first, attributes };
    this.add(
      batchBytes({ ...made, producerId: more.producerId ?? -1 }),
      first,
      last,
      deltas.length,
      false,
    );
  }

  /** Messages of an older form: by themselves, or in one that is compressed. */
  async old(magic: 0 | 1, count: number, type: number) {
    const first = this.next;
    const message = (offset: number, i: number) =>
      oldMessageBytes({ magic, offset, key: i % 2 ? null : 'key', value: `value ${first + i}` });
    if (type === 0) {
      for (let i = 0; i < count; i++) {
        this.note(first + i, `value ${first + i}`, false);
        this.add(message(first + i, i), first + i, first + i, 1, true);
      }
      return;
    }
    for (let i = 0; i < count; i++) this.note(first + i, `value ${first + i}`, false);
    const inner = Array.from({ length: count }, (_, i) => message(magic === 0 ? first + i : i, i));
    const value = await compressed(Buffer.concat(inner), type, this.codecs);
    const last = first + count - 1;
    this.add(
      oldMessageBytes({ magic, offset: last, attributes: type, value }),
      first,
      last,
      count,
      true,
    );
  }

  abort(producerId: number, first: number): void {
    this.aborted.push({ producerId, first });
  }

  get end(): number {
    return this.next;
  }

  done(): MadeLog {
    const { units, records, aborted, next: end } = this;
    return { set: Buffer.concat(this.parts), units, records, end, aborted };
  }

  private note(offset: number, value: string, isControl: boolean): void {
    this.records.push({ offset, unit: this.units.length, value, isControl });
  }

  private add(bytes: Buffer, first: number, last: number, count: number, isOld: boolean): void {
    const start = this.size;
    this.size += bytes.length;
    const isDense = count === last - first + 1;
    this.units.push({ start, end: this.size, first, last, isDense, isOld });
    this.parts.push(bytes);
    this.next = last + 1;
  }
}

async function compressed(bytes: Buffer, type: number, codecs: Codecs): Promise<Buffer> {
  if (type === 0) return bytes;
  return type === GZIP ? gzipSync(bytes) : codecs[type]!().compress({ buffer: bytes });
}

/** Logs of every compression and form, with compaction and transactions. */
export async function makeLogs(codecs: Codecs): Promise<readonly MadeLog[]> {
  const logs: MadeLog[] = [];
  for (const type of [0, 1, 2, 3, 4]) {
    const dense = new LogWriter(codecs);
    for (const count of [3, 1, 5, 2, 4]) await dense.batch(upTo(count), type);
    const compacted = new LogWriter(codecs);
    for (const deltas of [[0, 1, 2], [1, 4, 9], [], [3], upTo(4)])
      await compacted.batch(deltas, type);
    const transactions = new LogWriter(codecs);
    const tx = { attributes: TRANSACTIONAL, producerId: 7 };
    await transactions.batch(upTo(2), type);
    transactions.abort(7, transactions.end);
    await transactions.batch(upTo(3), type, tx);
    await transactions.batch(upTo(2), type, { ...tx, producerId: 8 });
    await transactions.batch([0], 0, { ...tx, attributes: TRANSACTIONAL | CONTROL });
    await transactions.batch(upTo(2), type);
    logs.push(dense.done(), compacted.done(), transactions.done());
  }
  for (const magic of [0, 1] as const)
    for (const type of [0, 1, 2, 3]) {
      const old = new LogWriter(codecs);
      await old.old(magic, 3, 0);
      await old.old(magic, 4, type);
      await old.old(magic, 2, type);
      // As a broker has it that was upgraded.
      await old.batch(upTo(3), type);
      logs.push(old.done());
    }
  return logs;
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
