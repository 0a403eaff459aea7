const FRAME = 0xfd2fb528;
const SKIPPED = 0x184d2a50;
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
    const magic = bytes.readUInt32LE(at);
    if (magic >>> 4 === SKIPPED >>> 4) {
      at += 8 + bytes.readUInt32LE(at + 4);
      continue;
    }
    if (magic !== FRAME) return undefined;
    const head = readHead(bytes, at + 4);
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

interface Head {
  /** Bytes of the content, where the frame says so. */
  readonly content: number | undefined;
  /** Bytes of a block at most. */
  readonly block: number;
  readonly hasChecksum: boolean;
  readonly end: number;
}

function readHead(bytes: Buffer, start: number): Head | undefined {
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
