import type { Delivery, DeliverySink, SourceNotice } from '../../transport/transport.interface.js';
import { idOf } from './numbered-records.js';

export type Reaction = (delivery: Delivery, sink: RecordingSink) => void | Promise<void>;

export const settleIt: Reaction = (delivery) => delivery.settle();
export const keepIt: Reaction = () => undefined;
/** Releases what it gets, up to a number that no case waits for: so no case can run for ever. */
export const releaseIt: Reaction = (delivery, { deliveries }) => {
  if (deliveries.length < 5000) delivery.release();
};

/** A sink that remembers all it is told, reacts to each delivery, and notes every broken promise. */
export class RecordingSink implements DeliverySink {
  readonly deliveries: Delivery[] = [];
  readonly batches: (readonly Delivery[])[] = [];
  readonly notices: SourceNotice[] = [];
  readonly revoked: string[] = [];
  readonly ends: ('until' | 'stopped' | Error)[] = [];
  /** What the transport did against the contract; a case fails when there is any. */
  readonly violations: string[] = [];
  /** Called by `revoke`; what it returns is awaited. */
  onRevoke: (source: string) => void | Promise<void> = () => undefined;
  private readonly busy = new Set<string>();

  constructor(private readonly react: Reaction = settleIt) {}

  get ids(): string[] {
    return this.deliveries.map(({ record }) => idOf(record));
  }

  idsOf(topic: string): string[] {
    return this.deliveries
      .filter(({ record }) => record.topic === topic)
      .map((d) => idOf(d.record));
  }

  async deliver(batch: readonly Delivery[]): Promise<void> {
    this.notEnded('deliver');
    const source = batch[0]?.source;
    if (source === undefined) return this.broken('an empty batch was delivered');
    if (batch.some((delivery) => delivery.source !== source)) this.broken('a batch of two sources');
    if (this.busy.has(source)) this.broken('deliver called before the last one has resolved');
    this.busy.add(source);
    this.batches.push(batch);
    for (const delivery of batch) {
      this.deliveries.push(delivery);
      await this.react(delivery, this);
    }
    this.busy.delete(source);
  }

  async revoke(source: string): Promise<void> {
    this.notEnded('revoke');
    this.revoked.push(source);
    await this.onRevoke(source);
  }

  notice(notice: SourceNotice): void {
    this.notEnded(`notice ${notice.kind}`);
    this.notices.push(notice);
  }

  end(reason: 'until' | 'stopped' | Error): void {
    this.notEnded('end');
    this.ends.push(reason);
  }

  noticesOf(kind: SourceNotice['kind']): SourceNotice[] {
    return this.notices.filter((notice) => notice.kind === kind);
  }

  private notEnded(what: string): void {
    if (this.ends.length > 0) this.broken(`${what} called after end`);
  }

  private broken(what: string): void {
    this.violations.push(what);
  }
}
