import type { AuditedRecord } from '../../observability/audit-log.js';
import type { Delivery } from '../../transport/transport.interface.js';
import type { ReceivedEvent } from '../../transport/wire-format.interface.js';

/** Whether the record is no longer ours; where the transport allows, without having its signal made. */
export function isLost(delivery: Delivery): boolean {
  return delivery.isLost ?? delivery.signal.aborted;
}

/** What the audit log says of a received event. */
export function auditedRecord(delivery: Delivery, { metadata }: ReceivedEvent): AuditedRecord {
  const { topic, partition, offset } = delivery.position;
  return {
    topic,
    partition,
    offset,
    messageId: metadata.id,
    timestampMs: delivery.record.brokerTime ?? epochMs(metadata.time),
  };
}

function epochMs(time: string): number | undefined {
  const made = Date.parse(time);
  return Number.isNaN(made) ? undefined : made;
}
