import type { IncomingRecord } from '../../../transport.interface.js';
import type { FetchedRecord } from '../../kafka-driver.interface.js';
import { ByteReader } from './byte-reader.js';
import { HeaderNames } from './header-names.js';

/** What kafkajs asks of the batch of a message. */
export interface BatchContext {
  readonly producerId: string;
  readonly inTransaction: boolean;
  readonly isControlBatch: boolean;
}

const names = new HeaderNames();

/**
 * A message as far as kafkajs needs it to follow a partition. The rest is read from its bytes when it is
 * asked for: thousands of messages wait, and what they were made of would outlive many collections.
 */
export class UnreadMessage {
  /** As kafkajs has it. */
  readonly offset: string;
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
    this.offset = String(number);
    this.isControlRecord = batchContext.isControlBatch;
  }

  get key(): Buffer | null {
    return new ByteReader(this.bytes, this.start).varBytes();
  }

  get size(): number {
    return this.end - this.start;
  }

  recordOf(topic: string): IncomingRecord {
    const { bytes, start, end, brokerTime } = this;
    const reader = new ByteReader(bytes, start, end);
    const key = reader.varBytes();
    const body = reader.varBytes();
    return { topic, key, attributes: attributesIn(reader), body, brokerTime };
  }
}

/** In the order of the wire, repeats too. */
function attributesIn(reader: ByteReader): IncomingRecord['attributes'] {
  const attributes: [string, Buffer | null][] = [];
  const count = reader.varint();
  for (let i = 0; i < count; i++) {
    const length = reader.varint();
    const start = reader.at;
    reader.at += length;
    attributes.push([names.at(i, reader.bytes, start, reader.at), reader.varBytes()]);
  }
  return attributes;
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
