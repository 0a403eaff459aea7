import { crc32c } from '../../../../lib/transport/kafka/kafkajs/protocol/byte-writer.js';

/** A number as Kafka's varint or varlong. */
export function varint(value: number | bigint): Buffer {
  const wide = BigInt(value);
  let zigzag = BigInt.asUintN(64, (wide << 1n) ^ (wide >> 63n));
  const bytes: number[] = [];
  for (; zigzag > 127n; zigzag >>= 7n) bytes.push(Number(zigzag & 127n) | 128);
  return Buffer.from([...bytes, Number(zigzag)]);
}

export function varBytes(value: Uint8Array | string | null, length?: number): Buffer {
  const bytes = Buffer.from(value ?? '');
  return Buffer.concat([varint(length ?? (value === null ? -1 : bytes.length)), bytes]);
}

export interface MadeRecord {
  readonly delta?: number | bigint;
  readonly time?: number | bigint;
  readonly key?: string | Uint8Array | null;
  readonly value?: string | Uint8Array | null;
  readonly headers?: readonly (readonly [string, string | Uint8Array | null])[];
  /** What it says of itself, where that is not so. */
  readonly says?: {
    readonly length?: number | bigint;
    readonly key?: number;
    readonly value?: number;
    readonly headers?: number;
    readonly headerName?: number;
    readonly headerValue?: number;
  };
  /** Bytes behind the last header, within the record. */
  readonly tail?: Uint8Array;
}

/** The bytes of one record of a batch. */
export function recordBytes({ says = {}, ...made }: MadeRecord): Buffer {
  const { delta = 0, time = 0, key = null, value = null, headers = [], tail = Buffer.of() } = made;
  const inner = Buffer.concat([
    Buffer.of(0),
    varint(time),
    varint(delta),
    varBytes(key, says.key),
    varBytes(value, says.value),
    varint(says.headers ?? headers.length),
    ...headers.flatMap(([name, held]) => [
      varBytes(name, says.headerName),
      varBytes(held, says.headerValue),
    ]),
    tail,
  ]);
  return Buffer.concat([varint(says.length ?? inner.length), inner]);
}

export interface MadeBatch {
  readonly base?: number;
  /** As they lie in the batch: compressed where it is. */
  readonly body?: Buffer;
  readonly records?: readonly (MadeRecord | Buffer)[];
  readonly count?: number;
  readonly lastDelta?: number;
  readonly attributes?: number;
  readonly magic?: number;
  readonly length?: number;
  readonly crc?: number;
  readonly time?: number;
  readonly maxTime?: number;
  readonly producerId?: number;
}

/** The bytes of records one after the other; each has the offset of its place unless it says another. */
export function recordsBytes(records: readonly (MadeRecord | Buffer)[]): Buffer {
  return Buffer.concat(
    records.map((one, i) => (Buffer.isBuffer(one) ? one : recordBytes({ delta: i, ...one }))),
  );
}

export function batchBytes(made: MadeBatch): Buffer {
  const { base = 0, records = [], attributes = 0, time = 1_700_000_000_000 } = made;
  const body = made.body ?? recordsBytes(records);
  const count = made.count ?? records.length;
  const bytes = Buffer.alloc(61 + body.length);
  bytes.writeBigInt64BE(BigInt(base), 0);
  bytes.writeInt32BE(made.length ?? bytes.length - 12, 8);
  bytes[16] = made.magic ?? 2;
  bytes.writeInt16BE(attributes, 21);
  bytes.writeInt32BE(made.lastDelta ?? count - 1, 23);
  bytes.writeBigInt64BE(BigInt(time), 27);
  bytes.writeBigInt64BE(BigInt(made.maxTime ?? time), 35);
  bytes.writeBigInt64BE(BigInt(made.producerId ?? -1), 43);
  bytes.writeInt16BE(-1, 51);
  bytes.writeInt32BE(-1, 53);
  bytes.writeInt32BE(count, 57);
  body.copy(bytes, 61);
  repairChecksum(bytes, made.crc);
  return bytes;
}

/** Gives a batch the checksum that it should have. */
export function repairChecksum(batch: Buffer, crc = crc32c(batch.subarray(21))): void {
  batch.writeUInt32BE(crc, 17);
}

export interface OldMessage {
  readonly offset: number;
  readonly magic: 0 | 1;
  readonly attributes?: number;
  readonly time?: number;
  readonly key?: string | Uint8Array | null;
  readonly value?: string | Uint8Array | null;
  readonly says?: { readonly size?: number; readonly key?: number; readonly value?: number };
}

/** A message in a form before Kafka 0.11. Nobody looks at its checksum. */
export function oldMessageBytes({ offset, magic, says = {}, ...made }: OldMessage): Buffer {
  const { attributes = 0, time = 1_600_000_000_000, key = null, value = null } = made;
  const sized = (held: string | Uint8Array | null, said?: number): Buffer => {
    const bytes = Buffer.from(held ?? '');
    return Buffer.concat([int32(said ?? (held === null ? -1 : bytes.length)), bytes]);
  };
  const message = Buffer.concat([
    int32(0),
    Buffer.of(magic, attributes),
    ...(magic === 1 ? [int64(time)] : []),
    sized(key, says.key),
    sized(value, says.value),
  ]);
  return Buffer.concat([int64(offset), int32(says.size ?? message.length), message]);
}

export interface MadePartition {
  readonly partition: number;
  readonly set: Buffer;
  readonly highWatermark?: number;
  readonly errorCode?: number;
  readonly aborted?: readonly { readonly producerId: number; readonly first: number }[];
}

export type MadeTopics = readonly (readonly [string, readonly MadePartition[]])[];

/** An answer to Fetch in a version from 4 on. */
export function answerBytes(topics: MadeTopics, version = 11): Buffer {
  return Buffer.concat([
    int32(0),
    ...(version >= 7 ? [int16(0), int32(0)] : []),
    int32(topics.length),
    ...topics.flatMap(([topic, partitions]) => [
      int16(Buffer.byteLength(topic)),
      Buffer.from(topic),
      int32(partitions.length),
      ...partitions.flatMap((made) => partitionBytes(made, version)),
    ]),
  ]);
}

function partitionBytes(made: MadePartition, version: number): Buffer[] {
  const { partition, set, highWatermark = 2 ** 40, errorCode = 0, aborted = [] } = made;
  return [
    int32(partition),
    int16(errorCode),
    int64(highWatermark),
    int64(highWatermark),
    ...(version >= 5 ? [int64(0)] : []),
    int32(aborted.length),
    ...aborted.flatMap(({ producerId, first }) => [int64(producerId), int64(first)]),
    ...(version >= 11 ? [int32(-1)] : []),
    int32(set.length),
    set,
  ];
}

export function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

export function int64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
}
