/** What a subscription may have delivered and unsettled, all sources together. */
export class DeliveryBudget {
  private count = 0;
  private bytes = 0;

  constructor(
    private readonly maxCount: number,
    private readonly maxBytes = Infinity,
  ) {}

  /** Takes room for one record; a record larger than all the room is taken when nothing is in hand. */
  take(bytes: number): boolean {
    if (!this.hasRoomFor(bytes)) return false;
    this.count++;
    this.bytes += bytes;
    return true;
  }

  hasRoomFor(bytes: number): boolean {
    if (this.count >= this.maxCount) return false;
    return this.count === 0 || this.bytes + bytes <= this.maxBytes;
  }

  give(bytes: number): void {
    this.count--;
    this.bytes -= bytes;
  }
}
