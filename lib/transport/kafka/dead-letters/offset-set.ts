const CHUNK_BITS = 16;
const OFFSETS_PER_CHUNK = 2 ** CHUNK_BITS;
const WORD_BITS = 5;

interface Chunk {
  readonly words: Uint32Array;
  count: number;
}

/** Offsets of a partition, most of them neighbours: one bit each. */
export class OffsetSet {
  private readonly chunks = new Map<number, Chunk>();

  add(offset: number): void {
    const index = Math.floor(offset / OFFSETS_PER_CHUNK);
    let chunk = this.chunks.get(index);
    if (!chunk) {
      chunk = { words: new Uint32Array(OFFSETS_PER_CHUNK >>> WORD_BITS), count: 0 };
      this.chunks.set(index, chunk);
    }
    const { word, bit } = placeOf(offset);
    if ((chunk.words[word]! & bit) !== 0) return;
    chunk.words[word]! |= bit;
    chunk.count++;
  }

  has(offset: number): boolean {
    const chunk = this.chunks.get(Math.floor(offset / OFFSETS_PER_CHUNK));
    const { word, bit } = placeOf(offset);
    return chunk !== undefined && (chunk.words[word]! & bit) !== 0;
  }

  /** Whether it was there. */
  delete(offset: number): boolean {
    if (!this.has(offset)) return false;
    const index = Math.floor(offset / OFFSETS_PER_CHUNK);
    const chunk = this.chunks.get(index)!;
    const { word, bit } = placeOf(offset);
    chunk.words[word]! &= ~bit;
    if (--chunk.count === 0) this.chunks.delete(index);
    return true;
  }

  /** The least one from `from` on and below `end`. */
  next(from: number, end: number): number | undefined {
    for (let at = from; at < end;) {
      const index = Math.floor(at / OFFSETS_PER_CHUNK);
      const chunk = this.chunks.get(index);
      const first = index * OFFSETS_PER_CHUNK;
      const found = chunk && nextIn(chunk.words, at - first);
      if (found !== undefined) return first + found < end ? first + found : undefined;
      at = first + OFFSETS_PER_CHUNK;
    }
    return undefined;
  }

  /** How many there are from the offset on. */
  countFrom(offset: number): number {
    const first = Math.floor(offset / OFFSETS_PER_CHUNK);
    let total = 0;
    for (const [index, { words, count }] of this.chunks)
      if (index > first) total += count;
      else if (index === first) total += countIn(words, offset % OFFSETS_PER_CHUNK);
    return total;
  }

  /** Forgets, about, those below the offset. */
  forgetBelow(offset: number): void {
    const least = Math.floor(offset / OFFSETS_PER_CHUNK);
    for (const index of this.chunks.keys()) if (index < least) this.chunks.delete(index);
  }
}

function placeOf(offset: number): { readonly word: number; readonly bit: number } {
  const within = offset % OFFSETS_PER_CHUNK;
  return { word: within >>> WORD_BITS, bit: 1 << (within & 31) };
}

function nextIn(words: Uint32Array, from: number): number | undefined {
  let word = from >>> WORD_BITS;
  let bits = words[word]! & (-1 << (from & 31));
  while (bits === 0) {
    if (++word === words.length) return undefined;
    bits = words[word]!;
  }
  return word * 32 + (31 - Math.clz32(bits & -bits));
}

/** How many bits are set from one on. */
function countIn(words: Uint32Array, from: number): number {
  const first = from >>> WORD_BITS;
  let total = bitsOf(words[first]! & (-1 << (from & 31)));
  for (let word = first + 1; word < words.length; word++) total += bitsOf(words[word]!);
  return total;
}

function bitsOf(word: number): number {
  let count = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) count++;
  return count;
}
