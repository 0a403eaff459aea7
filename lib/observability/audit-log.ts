import { outsideText } from '../errors/outside-text.js';

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

/**
 * The audit lines of the consuming side: one when a record was received and decoded, one when it was
 * processed. Words as Python's; ids and places only, never a key or data.
 */
export class AuditLog {
  private readonly broker: string;
  private readonly offsetName: string | undefined;

  constructor(
    private readonly enabled: boolean,
    private readonly log: (line: string) => void,
    { transportName, brokerName = transportName, offsetName }: AuditedTransport,
  ) {
    this.offsetName = offsetName;
    this.broker = brokerName;
  }

  received(record: AuditedRecord): void {
    if (!this.enabled) return;
    const { topic, partition, offset, messageId, timestampMs } = record;
    const id = `message_id=${outsideText(messageId)}`;
    const at = outsideText(offset);
    const place = this.offsetName
      ? `${id}, ${this.offsetName}=${at}`
      : `partition=${outsideText(partition)}, offset=${at}, ${id}`;
    this.log(
      `Message received from ${this.broker}: topic=${outsideText(topic)}, ${place}, event_timestamp_ms=${timestampMs ?? 'none'}`,
    );
  }

  processed(): void {
    if (this.enabled) this.log(`Message from ${this.broker} processed successfully`);
  }
}
