import type { Delivery } from '../../transport/transport.interface.js';

/** What a source may ask of its subscription. */
export interface SourcePort {
  readonly group: string;
  pause(source: string): void;
  resume(source: string): void;
  /** A record came into our hands (1) or left them (-1). */
  inHandChanged(delivery: Delivery, by: 1 | -1): void;
  /** So much is in hand that a source which waits keeps others from being read. */
  crowded(): boolean;
}
