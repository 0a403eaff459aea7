import { monotonicNow } from '../common/clocks.js';
import type { EventBusSettings } from '../settings/event-bus-settings.js';
import type {
  EventTransport,
  OutgoingRecord,
  PublishOutcome,
} from '../transport/transport.interface.js';

export interface RecordPublishing {
  readonly transport: Pick<EventTransport, 'publish'>;
  readonly settings: Pick<EventBusSettings, 'sendTimeoutMs'>;
}

/** The outcome of one record of our own, within `sendTimeout`. Never rejects. */
export async function publishRecord(
  { transport, settings }: RecordPublishing,
  record: OutgoingRecord,
): Promise<PublishOutcome> {
  const [outcome] = await transport.publish([record], monotonicNow() + settings.sendTimeoutMs);
  return outcome!;
}
