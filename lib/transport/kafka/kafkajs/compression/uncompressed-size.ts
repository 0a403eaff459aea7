import { readUnsigned } from '../../../../common/varint.js';

const SKIPPABLE = 0x184d2a50;

/** Where the frame at `at` ends that readers of lz4 and of zstd skip; undefined where another one begins there. */
function endOfSkippable(bytes: Buffer, at: number): number | undefined {
  const isSkippable = bytes.readUInt32LE(at) >>> 4 === SKIPPABLE >>> 4;
  return isSkippable ? at + 8 + bytes.readUInt32LE(at + 4) : undefined;
}

const LZ4_FRAME = 0x184d2204;
const LZ4_VERSION = 1;
/** No block becomes larger than so many times its size. */
const MOST_TIMES = 255;
/** Says of a block that it is not compressed. */
const LZ4_RAW = 2 ** 31;

/** Bytes that the compressed block from `start` to `end` becomes, as far as can be said. */
type BlockSize = (bytes: Buffer, start: number, end: number, most: number) => number;

/**
 * Bytes that frames of lz4 become at most, from the heads of frames and blocks; where that is more than `limit`,
 * exactly, from each sequence. Undefined for what are no such frames, and for blocks that are cut off.
 */
export function lz4Size(bytes: Buffer, limit: number): number | undefined {
  const most = lz4SizeBy(bytes, (_, start, end, block) =>
    Math.min(block, (end - start) * MOST_TIMES),
  );
  return most === undefined || most <= limit ? most : lz4SizeBy(bytes, lz4BlockSize);
}

function lz4SizeBy(bytes: Buffer, blockSize: BlockSize): number | undefined {
  let size = 0;
  for (let at = 0; at < bytes.length;) {
    if (bytes.length - at < 8) return undefined;
    const skipTo = endOfSkippable(bytes, at);
    if (skipTo !== undefined) {
      at = skipTo;
      continue;
    }
    // A reader goes no further than that either.
    if (bytes.readUInt32LE(at) !== LZ4_FRAME) return at === 0 ? undefined : size;
    const flags = bytes[at + 4]!;
    const blockId = (bytes[at + 5]! >>> 4) & 7;
    if (flags >>> 6 !== LZ4_VERSION || blockId < 4) return undefined;
    const most = 1 << (8 + 2 * blockId);
    at += 7 + (flags & 8 ? 8 : 0) + (flags & 1 ? 4 : 0);
    for (;;) {
      // Some writers leave out the mark of the end.
      if (at >= bytes.length) return size;
      if (bytes.length - at < 4) return undefined;
      const head = bytes.readUInt32LE(at);
      at += 4;
      if (head === 0) break;
      const end = at + (head % LZ4_RAW);
      if (end > bytes.length) return undefined;
      size += head >= LZ4_RAW ? end - at : blockSize(bytes, at, end, most);
      at = end + (flags & 16 ? 4 : 0);
    }
    if (flags & 4) at += 4;
  }
  return size;
}

function lz4BlockSize(bytes: Buffer, start: number, end: number, most: number): number {
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

const ZSTD_FRAME = 0xfd2fb528;
const LARGEST_BLOCK = 128 * 1024;
const [RAW, REPEATED, COMPRESSED] = [0, 1, 2];

/**
 * Bytes that frames of zstd become, from the heads of frames and blocks: as many as they say, and no less than
 * the blocks can be for sure, where each compressed one but the last is taken for a full one. So it is at most one
 * block (128 KiB) too small. Undefined for what are no such frames, and for blocks that are cut off.
 */
export function zstdSize(bytes: Buffer): number | undefined {
  let size = 0;
  let said = 0;
  let unsure = 0;
  for (let at = 0; at < bytes.length;) {
    if (bytes.length - at < 8) return undefined;
    const skipTo = endOfSkippable(bytes, at);
    if (skipTo !== undefined) {
      at = skipTo;
      continue;
    }
    if (bytes.readUInt32LE(at) !== ZSTD_FRAME) return undefined;
    const head = readZstdHead(bytes, at + 4);
    if (head === undefined) return undefined;
    said += head.content ?? 0;
    at = head.end;
    for (let isLast = false; !isLast;) {
      if (bytes.length - at < 3) return undefined;
      const block = bytes.readUIntLE(at, 3);
      const [type, length] = [(block >>> 1) & 3, block >>> 3];
      isLast = (block & 1) === 1;
      at += 3 + (type === REPEATED ? 1 : length);
      if (type > COMPRESSED || at > bytes.length) return undefined;
      size += type === RAW || type === REPEATED ? length : head.block;
      unsure = type === COMPRESSED ? head.block - 1 : 0;
    }
    if (head.hasChecksum) at += 4;
  }
  return Math.max(said, size - unsure);
}

interface ZstdHead {
  /** Bytes of the content, where the frame says so. */
  readonly content: number | undefined;
  /** Bytes of a block at most. */
  readonly block: number;
  readonly hasChecksum: boolean;
  readonly end: number;
}

function readZstdHead(bytes: Buffer, start: number): ZstdHead | undefined {
  const flags = bytes[start]!;
  const isSingle = (flags & 32) > 0;
  const contentWidth = [isSingle ? 1 : 0, 2, 4, 8][flags >>> 6]!;
  const windowAt = start + 1;
  const contentAt = windowAt + (isSingle ? 0 : 1) + [0, 1, 2, 4][flags & 3]!;
  const end = contentAt + contentWidth;
  if (end > bytes.length) return undefined;
  let content: number | undefined;
  if (contentWidth === 8) content = Number(bytes.readBigUInt64LE(contentAt));
  else if (contentWidth > 0)
    content = bytes.readUIntLE(contentAt, contentWidth) + (contentWidth === 2 ? 256 : 0);
  const window = isSingle ? content! : windowOf(bytes[windowAt]!);
  const block = Math.min(window, LARGEST_BLOCK);
  return { content, block, hasChecksum: (flags & 4) > 0, end };
}

function windowOf(described: number): number {
  const base = 2 ** (10 + (described >>> 3));
  return base + (base / 8) * (described & 7);
}

/** What the Java clients put before blocks of snappy: these bytes, and two versions of four bytes. */
const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEAD = 16;

/** The blocks of snappy data, each to be opened by itself; undefined where they do not end with the data. */
export function snappyBlocks(bytes: Buffer): readonly Buffer[] | undefined {
  if (!bytes.subarray(0, XERIAL.length).equals(XERIAL)) return [bytes];
  const blocks: Buffer[] = [];
  let at = XERIAL_HEAD;
  while (at < bytes.length) {
    if (bytes.length - at < 4) return undefined;
    const size = bytes.readUInt32BE(at);
    at += 4;
    if (size > bytes.length - at) return undefined;
    blocks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return blocks;
}

/**
 * Bytes that a block of snappy holds, by each of its elements: what it says itself may be a lie. Undefined
 * where an element does not lie within the block or copies what is not there yet, and where they are not as
 * many bytes as the block says.
 */
export function snappySize(block: Buffer): number | undefined {
  const end = block.length;
  const said = readUnsigned(block, 0, end);
  if (!said) return undefined;
  let at = said.end;
  let made = 0;
  while (at < end) {
    const tag = block[at++]!;
    const kind = tag & 3;
    if (kind === 0) {
      let length = tag >>> 2;
      if (length > 59) {
        const width = length - 59;
        if (width > end - at) return undefined;
        length = block.readUIntLE(at, width);
        at += width;
      }
      at += ++length;
      if (at > end) return undefined;
      made += length;
      continue;
    }
    const width = kind === 3 ? 4 : kind;
    if (width > end - at) return undefined;
    const low = block.readUIntLE(at, width);
    at += width;
    const offset = kind === 1 ? low + ((tag >>> 5) << 8) : low;
    if (offset === 0 || offset > made) return undefined;
    made += kind === 1 ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1;
  }
  return made === said.value ? made : undefined;
}
