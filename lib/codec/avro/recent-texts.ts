import type { RawBuffer } from './raw-buffer.js';

const SLOTS = 64;

/**
 * Texts that were found valid and canonical lately, all ASCII. Keys come again and again on a topic:
 * to compare them costs less than to check them and to make strings of their bytes.
 */
export class RecentTexts {
  private readonly texts = new Array<string | undefined>(SLOTS).fill(undefined);

  /** Whether the text is one of them. */
  has(text: string): boolean {
    const end = text.length - 1;
    const sum = slotOf(text.length, text.charCodeAt(end), text.charCodeAt(end - 1));
    return this.texts[sum] === text;
  }

  /** The text of these bytes, if it is one of them. */
  find(bytes: RawBuffer, start: number, end: number): string | undefined {
    const text = this.texts[slotOf(end - start, bytes[end - 1]!, bytes[end - 2]!)];
    if (text === undefined || text.length !== end - start) return undefined;
    for (let i = 0; i < text.length; i++)
      if (text.charCodeAt(i) !== bytes[start + i]) return undefined;
    return text;
  }

  /** Made anew from the bytes: a cut of a longer text would keep all of that alive. */
  add(bytes: RawBuffer, start: number, end: number): string {
    const slot = slotOf(end - start, bytes[end - 1]!, bytes[end - 2]!);
    return (this.texts[slot] = bytes.latin1Slice(start, end));
  }
}

const slotOf = (length: number, last: number, secondLast: number): number =>
  (length * 31 + last * 17 + secondLast * 5) & (SLOTS - 1);
