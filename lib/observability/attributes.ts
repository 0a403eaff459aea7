import type { TelemetryAttributes } from './event-bus-telemetry.js';

/**
 * The attributes of spans and metrics: those of OpenTelemetry's messaging and CloudEvents conventions, version 1.45.0, and
 * ours, which begin with `openedx.event_bus`.
 */
export const ATTRIBUTE = {
  system: 'messaging.system.name',
  /** What `system` was called before version 1.45: only on spans, for those who do not know the other name yet. */
  systemBefore: 'messaging.system',
  operation: 'messaging.operation.name',
  operationType: 'messaging.operation.type',
  topic: 'messaging.destination.name',
  partition: 'messaging.destination.partition.id',
  group: 'messaging.consumer.group.name',
  messageId: 'messaging.message.id',
  messageCount: 'messaging.batch.message_count',
  kafkaOffset: 'kafka.offset',
  errorType: 'error.type',
  eventType: 'cloudevents.event_type',
  bus: 'openedx.event_bus.name',
  handler: 'openedx.event_bus.handler',
  attempt: 'openedx.event_bus.attempt',
  result: 'openedx.event_bus.result',
  /** Where a record is at a broker whose positions are no numbers. */
  entryId: 'openedx.event_bus.entry_id',
  letterId: 'openedx.event_bus.dead_letter.id',
  letterTopic: 'openedx.event_bus.dead_letter.topic',
  redriven: 'openedx.event_bus.redriven',
} as const;

/** Stands for names that others choose, and for the names above the number that are told apart. */
export const OTHER = '_OTHER';

/** Where a record is, as attributes of a span. */
export function positionAttributes(
  system: string,
  { partition, offset }: { readonly partition: string; readonly offset: string },
): TelemetryAttributes {
  if (system === 'redis') return { [ATTRIBUTE.entryId]: offset };
  return {
    [ATTRIBUTE.partition]: partition,
    [ATTRIBUTE.kafkaOffset]: system === 'kafka' ? Number(offset) : undefined,
  };
}
