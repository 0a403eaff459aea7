/** What a map may hold. */
export interface MapBounds<K, V> {
  readonly entries: number;
  /** Of all entries together, as `weigh` has it. */
  readonly weight?: number;
  readonly weigh?: (key: K, value: V) => number;
}

/**
 * A map that forgets what was put into it first when it holds too much; an entry that is put again counts as new. An entry
 * that weighs more than all may is not kept.
 */
export class BoundedMap<K, V> {
  private readonly entries = new Map<K, V>();
  private weight = 0;

  constructor(private readonly bounds: MapBounds<K, V>) {}

  get size(): number {
    return this.entries.size;
  }

  get(key: K): V | undefined {
    return this.entries.get(key);
  }

  has(key: K): boolean {
    return this.entries.has(key);
  }

  set(key: K, value: V): void {
    this.delete(key);
    this.entries.set(key, value);
    this.weight += this.weightOf(key, value);
    const { entries, weight = Infinity } = this.bounds;
    for (const oldest of this.entries.keys()) {
      if (this.entries.size <= entries && this.weight <= weight) return;
      this.delete(oldest);
    }
  }

  /** Whether it was there. */
  delete(key: K): boolean {
    if (!this.entries.has(key)) return false;
    this.weight -= this.weightOf(key, this.entries.get(key)!);
    return this.entries.delete(key);
  }

  clear(): void {
    this.entries.clear();
    this.weight = 0;
  }

  private weightOf(key: K, value: V): number {
    return this.bounds.weigh?.(key, value) ?? 0;
  }
}
