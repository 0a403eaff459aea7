const FIRST_SIZE = 1_024;
const DIGITS = 16;

/** Ids that were seen: 8 bytes of each, so that a million takes 16 MB. */
export class IdSet {
  private table = new BigUint64Array(FIRST_SIZE);
  private count = 0;

  /** Whether it was not there yet. `uuid` in hexadecimal digits. */
  add(uuid: string): boolean {
    // 0 marks what is free.
    const id = BigInt(`0x${uuid.replaceAll('-', '').slice(0, DIGITS)}`) || 1n;
    if (!put(this.table, id)) return false;
    if (++this.count * 2 > this.table.length) this.grow();
    return true;
  }

  private grow(): void {
    const larger = new BigUint64Array(this.table.length * 2);
    for (const id of this.table) if (id !== 0n) put(larger, id);
    this.table = larger;
  }
}

function put(table: BigUint64Array, id: bigint): boolean {
  const last = table.length - 1;
  let at = Number(id & 0x3fff_ffffn) & last;
  while (table[at] !== 0n) {
    if (table[at] === id) return false;
    at = (at + 1) & last;
  }
  table[at] = id;
  return true;
}
