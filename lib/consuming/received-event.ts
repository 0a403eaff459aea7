import type { AuditedRecord } from '../observability/audit-log.js';
import type { Delivery } from '../transport/transport.interface.js';
import type { ReceivedEvent } from '../transport/wire-format.interface.js';
import { OpenEdxEventContext, type EventContextFields } from './event-context.js';
import type { ReadEvent } from './record-reader.js';

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

type Attempt = Pick<EventContextFields, 'bus' | 'group' | 'key' | 'attempt'> & {
  readonly signal: () => AbortSignal;
};

/** The context of one handler at one attempt. */
export function eventContext(
  { received, topic, sourceLayout, warnings }: ReadEvent,
  { position, deliveryCount, record }: Delivery,
  { bus, group, key, attempt, signal }: Attempt,
): OpenEdxEventContext {
  return new OpenEdxEventContext({
    bus,
    group,
    key,
    attempt,
    get signal() {
      return signal();
    },
    type: received.type,
    topic,
    position,
    metadata: received.metadata,
    deliveryCount,
    sourceLayout,
    schemaId: received.schemaId,
    record,
    warnings,
  });
}
