import type { IncomingRecord } from '../../../transport.interface.js';
import type { FetchedRecord } from '../../kafka-driver.interface.js';
import { ByteReader } from './byte-reader.js';
import { UncutRecord } from './uncut-record.js';

/** What kafkajs asks of the batch of a message. */
export interface BatchContext {
  readonly producerId: string;
  readonly inTransaction: boolean;
  readonly isControlBatch: boolean;
}

/**
 * A message as far as kafkajs needs it to follow a partition. The rest is read from its bytes when it is
 * asked for: thousands of messages wait, and what they were made of would outlive many collections.
 */
export class UnreadMessage {
  /** It is not for readers. */
  isControlRecord: boolean;

  /** The bytes from `start`, where the key is, to `end`. */
  constructor(
    readonly number: number,
    readonly brokerTime: number,
    readonly batchContext: BatchContext,
    private readonly bytes: Buffer,
    private readonly start: number,
    private readonly end: number,
  ) {
    this.isControlRecord = batchContext.isControlBatch;
  }

  /** As kafkajs has it. */
  get offset(): string {
    return String(this.number);
  }

  get key(): Buffer | null {
    return new ByteReader(this.bytes, this.start).varBytes();
  }

  get size(): number {
    return this.end - this.start;
  }

  recordOf(topic: string): IncomingRecord {
    return new UncutRecord(topic, this.brokerTime, this.bytes, this.start, this.end);
  }
}

/** A message on its way to the sink, read when the sink gets it. */
export class UnreadRecord implements FetchedRecord {
  readonly offset: number;
  private read: IncomingRecord | undefined;

  constructor(
    private readonly topic: string,
    private readonly message: UnreadMessage,
  ) {
    this.offset = message.number;
  }

  get size(): number {
    return this.message.size;
  }

  get record(): IncomingRecord {
    return (this.read ??= this.message.recordOf(this.topic));
  }
}
