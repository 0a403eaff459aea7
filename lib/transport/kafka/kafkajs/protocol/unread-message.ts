import type { IncomingRecord } from '../../../transport.interface.js';
import type { FetchedRecord } from '../../kafka-driver.interface.js';
import { ByteReader } from './byte-reader.js';
import { brokerTimeOf } from './broker-time.js';
import { asKafkaMessages } from './kafka-message.js';
import type { BatchContext, ReadMessage } from './read-message.js';
import { faultOf } from './record-fault.js';
import { UncutRecord } from './uncut-record.js';
import { unreadable } from './unreadable-message.js';

/**
 * A message as far as kafkajs needs it to follow a partition. The rest is read from its bytes when it is
 * asked for: thousands of messages wait, and what they were made of would outlive many collections.
 */
export class UnreadMessage implements ReadMessage {
  /** It is not for readers. */
  isControlRecord: boolean;

  /** The bytes from `start`, where the key is, to `end`. `time` is in ms, by the batch. */
  constructor(
    readonly number: number,
    private readonly time: number,
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
    const reader = new ByteReader(this.bytes, this.start, this.end);
    const length = reader.varint();
    return length >= 0 && length <= reader.left ? reader.take(length) : null;
  }

  get size(): number {
    return this.end - this.start;
  }

  /** The same one in a copy of a piece of its memory, which begins at `from`. */
  within(piece: Buffer, from: number): UnreadMessage {
    const { number, time, batchContext, start, end } = this;
    return new UnreadMessage(number, time, batchContext, piece, start - from, end - from);
  }

  /** Where its bytes lie. */
  get place(): readonly [number, number] {
    return [this.start, this.end];
  }

  recordOf(topic: string): IncomingRecord {
    const { bytes, start, end } = this;
    const time = brokerTimeOf(this.time);
    const fault = faultOf(bytes, start, end);
    if (fault !== undefined) return { ...unreadable(topic, fault), brokerTime: time };
    return new UncutRecord(topic, time, bytes, start, end);
  }
}

asKafkaMessages(UnreadMessage.prototype);

/** A message on its way to the sink, read when the sink gets it. */
export class UnreadRecord implements FetchedRecord {
  readonly offset: number;
  private read: IncomingRecord | undefined;

  constructor(
    private readonly topic: string,
    private readonly message: ReadMessage,
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
