const LEAST = 16;

/**
 * Things in the order in which they came, of which mostly one of the first is taken out. As a Set, for what comes and
 * goes all the time: a Set that grows and shrinks leaves tables behind, each of which holds on to what was in it and to
 * the tables after it until the next full garbage collection. Its memory is what it needed at most.
 */
export class ArrivalList<T extends object> {
  /** A ring: from `first` on, `count` of the slots are in use. As many as a power of two. */
  private slots = new Array<T | undefined>(LEAST).fill(undefined);
  private first = 0;
  private count = 0;

  get size(): number {
    return this.count;
  }

  /** What is added must not be in the list. */
  add(item: T): void {
    if (this.count === this.slots.length) this.grow();
    this.slots[this.slotOf(this.count++)] = item;
  }

  has(item: T): boolean {
    return this.indexOf(item) >= 0;
  }

  /** Whether it was in the list. */
  delete(item: T): boolean {
    const { slots } = this;
    const index = this.indexOf(item);
    if (index < 0) return false;
    // Those before it, which are few, take one step towards it.
    for (let i = index; i > 0; i--) slots[this.slotOf(i)] = slots[this.slotOf(i - 1)];
    slots[this.first] = undefined;
    this.first = this.slotOf(1);
    this.count--;
    return true;
  }

  *[Symbol.iterator](): Iterator<T> {
    for (let i = 0; i < this.count; i++) yield this.slots[this.slotOf(i)]!;
  }

  private indexOf(item: T): number {
    for (let i = 0; i < this.count; i++) if (this.slots[this.slotOf(i)] === item) return i;
    return -1;
  }

  private slotOf(index: number): number {
    return (this.first + index) & (this.slots.length - 1);
  }

  private grow(): void {
    const items = [...this];
    const free = new Array<undefined>(items.length).fill(undefined);
    this.slots = [...items, ...free];
    this.first = 0;
  }
}
