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
  let at = 0;
  let said = 0;
  for (let factor = 1; ; factor *= 128) {
    if (at === end || at === 5) return undefined;
    const byte = block[at++]!;
    said += (byte & 127) * factor;
    if (byte < 128) break;
  }
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
  return made === said ? made : undefined;
}
