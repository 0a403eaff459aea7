import { sameBytes } from '../../../../common/same-bytes.js';

interface KnownName {
  readonly bytes: Buffer;
  readonly name: string;
}

/** More headers than that are not remembered. */
const MOST = 64;
/** Nor are longer ones: they would be kept for ever. */
const LONGEST = 256;

/** The texts of header names: most records have the same ones at the same places. */
export class HeaderNames {
  private readonly known: KnownName[] = [];

  /** The name of the header number `index`, which lies in `bytes`. */
  at(index: number, bytes: Buffer, start: number, end: number): string {
    const known = this.known[index];
    if (known !== undefined && sameBytes(known.bytes, bytes, start, end)) return known.name;
    const name = bytes.toString('utf8', start, end);
    // A copy: the bytes lie in the memory of a whole fetch.
    if (index < MOST && end - start <= LONGEST)
      this.known[index] = { bytes: Buffer.from(bytes.subarray(start, end)), name };
    return name;
  }
}
