import { gunzipSync, gzipSync } from 'node:zlib';
import { batchBytes, repairChecksum, varint } from '../../unit/kafka/support/hand-made-batches.js';
import type { MadeLog, Unit } from './fetch-logs.js';

/** Where attributes, the last offset and the records of a batch begin. */
const [CHECKED, LAST_OFFSET, TIMES, RECORDS] = [21, 23, 27, 61];
const COUNT = 57;

export interface Damage {
  readonly what: string;
  readonly set: Buffer;
  /** Number of the batch that was damaged. */
  readonly unit: number;
  /**
   * `inside`: the batch keeps its place, and each of its offsets is told of. `silent`: what it says of its place may
   * conceal some. `frame`: where it lies, or where it ends, is another; what is before it is as it was.
   */
  readonly reach: 'inside' | 'silent' | 'frame';
}

type Random = () => number;

/** The set of a log with one batch damaged. */
export function damage(log: MadeLog, random: Random): Damage {
  const index = whole(random, log.units.length);
  const unit = log.units[index]!;
  const set = Buffer.from(log.set);
  const batch = set.subarray(unit.start, unit.end);
  const kind = random();
  if (kind < 0.05) return cut(set, index, unit, random);
  if (kind < 0.15) return frame(set, batch, index, random);
  if (unit.isOld) return old(set, batch, index, random);
  if (kind < 0.25) return head(set, batch, index, unit, random);
  if (kind < 0.5) return packedAgain(log, index, unit, random);
  const times = 1 + whole(random, 4);
  if (batch.length > RECORDS)
    for (let i = 0; i < times; i++)
      strike(batch, RECORDS + whole(random, batch.length - RECORDS), random);
  if (random() < 0.8) repairChecksum(batch);
  return { what: 'bytes of records', set, unit: index, reach: unit.isDense ? 'inside' : 'silent' };
}

function cut(set: Buffer, index: number, unit: Unit, random: Random): Damage {
  const at = unit.start + whole(random, unit.end - unit.start);
  return { what: 'cut off', set: set.subarray(0, at), unit: index, reach: 'frame' };
}

/** First offset, length, epoch, form and checksum. */
function frame(set: Buffer, batch: Buffer, index: number, random: Random): Damage {
  const at = whole(random, 17);
  const how = random();
  if (how < 0.5) strike(batch, at, random);
  else if (how < 0.75) batch.writeInt32BE(odd(random), 8);
  else batch.writeBigInt64BE(BigInt(odd(random)), 0);
  return { what: 'place, length or form', set, unit: index, reach: 'frame' };
}

function old(set: Buffer, batch: Buffer, index: number, random: Random): Damage {
  const from = 17;
  const at = from + whole(random, batch.length - from);
  if (random() < 0.3) batch.writeInt32BE(odd(random), Math.min(at, batch.length - 4));
  else strike(batch, at, random);
  // Its first offset is known from what is in it only.
  return { what: 'an older message', set, unit: index, reach: 'silent' };
}

function head(set: Buffer, batch: Buffer, index: number, unit: Unit, random: Random): Damage {
  const isPlace = random() < 0.3;
  const isCount = random() < 0.5;
  if (isPlace) batch.writeInt32BE(odd(random), LAST_OFFSET);
  else if (isCount) batch.writeInt32BE(odd(random), COUNT);
  else strike(batch, random() < 0.3 ? CHECKED + 1 : TIMES + whole(random, RECORDS - TIMES), random);
  if (random() < 0.9) repairChecksum(batch);
  const reach = isPlace || !unit.isDense ? 'silent' : 'inside';
  return { what: 'head', set, unit: index, reach };
}

/** The records are damaged before they are compressed, so that what opens them finds nothing wrong. */
function packedAgain(log: MadeLog, index: number, unit: Unit, random: Random): Damage {
  const batch = log.set.subarray(unit.start, unit.end);
  const type = batch[CHECKED + 1]! & 7;
  const body = batch.subarray(RECORDS);
  const isGzip = type === 1 && body.length > 0;
  const plain = Buffer.from(isGzip ? gunzipSync(body) : body);
  const odds = varint(odd(random));
  for (let i = 0; i < 1 + whole(random, 3) && plain.length > 0; i++) {
    const at = whole(random, plain.length);
    if (random() < 0.5) strike(plain, at, random);
    else odds.copy(plain, at);
  }
  const longer =
    random() < 0.2 ? Buffer.concat([plain, Buffer.alloc(whole(random, 20), 1)]) : plain;
  const shorter = random() < 0.2 ? longer.subarray(0, whole(random, longer.length)) : longer;
  const made = batchBytes({
    base: unit.first,
    body: isGzip ? gzipSync(shorter, { level: 1 }) : shorter,
    count: batch.readInt32BE(COUNT),
    lastDelta: batch.readInt32BE(LAST_OFFSET),
    attributes: batch.readInt16BE(CHECKED),
    producerId: Number(batch.readBigInt64BE(43)),
  });
  const set = Buffer.concat([log.set.subarray(0, unit.start), made, log.set.subarray(unit.end)]);
  return { what: 'records', set, unit: index, reach: unit.isDense ? 'inside' : 'silent' };
}

function strike(bytes: Buffer, at: number, random: Random): void {
  if (random() < 0.5) bytes[at]! ^= 1 << whole(random, 8);
  else bytes[at] = random() < 0.5 ? 0xff : whole(random, 256);
}

function odd(random: Random): number {
  const odds = [
    0,
    1,
    -1,
    -2,
    2,
    3,
    6,
    48,
    49,
    61,
    127,
    128,
    1_000,
    100_000_000,
    2 ** 31 - 1,
    -(2 ** 31),
  ];
  return odds[whole(random, odds.length)]!;
}

function whole(random: Random, below: number): number {
  return Math.floor(random() * below);
}
