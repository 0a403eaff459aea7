import { type LogFields, takesFields } from '../common/log-fields.js';
import { outsideText } from '../errors/outside-text.js';

/** What the line about a received record shows. */
export interface AuditedRecord {
  /** Full topic. */
  readonly topic: string;
  readonly partition: string;
  readonly offset: string;
  readonly messageId: string;
  /** When the broker stored the record, else when the event was made; ms since the epoch. */
  readonly timestampMs: number | undefined;
}

/** What the audit lines say of a transport. */
export interface AuditedTransport {
  readonly transportName: string;
  readonly brokerName?: string;
  readonly offsetName?: string;
}

/** A record as it is asked about itself: only for a line that is written, and for a logger that takes fields. */
export interface AuditedEvent {
  readonly audited: AuditedRecord;
  readonly fields: LogFields;
}

/** Where audit lines go. */
export interface AuditLogger {
  log(line: string, fields?: LogFields): void;
}

/**
 * The audit lines of the consuming side: one when a record was received and decoded, one when it was
 * processed. Words as Python's; ids and places only, never a key or data.
 */
export class AuditLog {
  private readonly broker: string;
  private readonly offsetName: string | undefined;

  constructor(
    private readonly enabled: boolean,
    private readonly logger: AuditLogger,
    { transportName, brokerName = transportName, offsetName }: AuditedTransport,
  ) {
    this.offsetName = offsetName;
    this.broker = brokerName;
  }

  received(event: AuditedEvent): void {
    if (!this.enabled) return;
    const { topic, partition, offset, messageId, timestampMs } = event.audited;
    const id = `message_id=${outsideText(messageId)}`;
    const at = outsideText(offset);
    const place = this.offsetName
      ? `${id}, ${this.offsetName}=${at}`
      : `partition=${outsideText(partition)}, offset=${at}, ${id}`;
    this.logger.log(
      `Message received from ${this.broker}: topic=${outsideText(topic)}, ${place}, event_timestamp_ms=${timestampMs ?? 'none'}`,
      this.fieldsOf(event),
    );
  }

  processed(event: Pick<AuditedEvent, 'fields'>): void {
    if (this.enabled)
      this.logger.log(`Message from ${this.broker} processed successfully`, this.fieldsOf(event));
  }

  private fieldsOf(event: Pick<AuditedEvent, 'fields'>): LogFields | undefined {
    return takesFields(this.logger) ? event.fields : undefined;
  }
}
