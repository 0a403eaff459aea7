/** Says whether something is seen for the first time. Bounded: what it forgot counts as new again. */
export class OncePer {
  private readonly seen = new Set<string>();

  constructor(private readonly limit = 1_000) {}

  first(key: string): boolean {
    if (this.seen.has(key)) return false;
    if (this.seen.size >= this.limit) this.seen.clear();
    this.seen.add(key);
    return true;
  }
}
