const FRAME = 0x184d2204;
const SKIPPED = 0x184d2a50;
const VERSION = 1;
/** No block becomes larger than so many times its size. */
const MOST_TIMES = 255;
const RAW = 2 ** 31;

/** Bytes that the compressed block from `start` to `end` becomes, as far as can be said. */
type BlockSize = (bytes: Buffer, start: number, end: number, most: number) => number;

/**
 * Bytes that frames of lz4 become at most, from the heads of frames and blocks; where that is more than `limit`,
 * exactly, from each sequence. Undefined for what are no such frames, and for blocks that are cut off.
 */
export function lz4Size(bytes: Buffer, limit: number): number | undefined {
  const most = sizeOf(bytes, (_, start, end, block) => Math.min(block, (end - start) * MOST_TIMES));
  return most === undefined || most <= limit ? most : sizeOf(bytes, sizeOfSequences);
}

function sizeOf(bytes: Buffer, blockSize: BlockSize): number | undefined {
  let size = 0;
  for (let at = 0; at < bytes.length;) {
    if (bytes.length - at < 8) return undefined;
    const magic = bytes.readUInt32LE(at);
    if (magic >>> 4 === SKIPPED >>> 4) {
      at += 8 + bytes.readUInt32LE(at + 4);
      continue;
    }
    // A reader goes no further than that either.
    if (magic !== FRAME) return at === 0 ? undefined : size;
    const flags = bytes[at + 4]!;
    const blockId = (bytes[at + 5]! >>> 4) & 7;
    if (flags >>> 6 !== VERSION || blockId < 4) return undefined;
    const most = 1 << (8 + 2 * blockId);
    at += 7 + (flags & 8 ? 8 : 0) + (flags & 1 ? 4 : 0);
    for (;;) {
      // Some writers leave out the mark of the end.
      if (at >= bytes.length) return size;
      if (bytes.length - at < 4) return undefined;
      const head = bytes.readUInt32LE(at);
      at += 4;
      if (head === 0) break;
      const end = at + (head % RAW);
      if (end > bytes.length) return undefined;
      size += head >= RAW ? end - at : blockSize(bytes, at, end, most);
      at = end + (flags & 16 ? 4 : 0);
    }
    if (flags & 4) at += 4;
  }
  return size;
}

function sizeOfSequences(bytes: Buffer, start: number, end: number, most: number): number {
  let at = start;
  let size = 0;
  const more = (length: number): number => {
    if (length < 15) return length;
    for (let byte = 255; byte === 255 && at < end; length += byte) byte = bytes[at++]!;
    return length;
  };
  while (at < end && size < most) {
    const token = bytes[at++]!;
    const literals = more(token >>> 4);
    size += literals;
    at += literals;
    // The last sequence has literals only.
    if (at >= end) break;
    at += 2;
    size += more(token & 15) + 4;
  }
  return Math.min(size, most);
}
