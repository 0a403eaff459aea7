import type { AuditedRecord } from '../observability/audit-log.js';
import type { Delivery } from '../transport/transport.interface.js';
import type { ReceivedEvent } from '../transport/wire-format.interface.js';
import { OpenEdxEventContext, type EventContextFields } from './event-context.js';
import type { ReadEvent } from './record-reader.js';

/** What the audit log says of a received event. */
export function auditedRecord(delivery: Delivery, { metadata }: ReceivedEvent): AuditedRecord {
  const { topic, partition, offset } = delivery.position;
  const made = Date.parse(metadata.time);
  return {
    topic,
    partition,
    offset,
    messageId: metadata.id,
    timestampMs: delivery.record.brokerTime ?? (Number.isNaN(made) ? undefined : made),
  };
}

/** The context of one handler at one attempt. */
export function eventContext(
  { received, topic, sourceLayout, warnings }: ReadEvent,
  { position, deliveryCount, record }: Delivery,
  attempt: Pick<EventContextFields, 'bus' | 'group' | 'key' | 'attempt' | 'signal'>,
): OpenEdxEventContext {
  return new OpenEdxEventContext({
    ...attempt,
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
