import type { IncomingRecord } from '../../../transport.interface.js';

/** What kafkajs asks of the batch of a message. */
export interface BatchContext {
  readonly producerId: string;
  readonly inTransaction: boolean;
  readonly isControlBatch: boolean;
}

/** A message that was read by us, with what kafkajs asks of it. */
export interface ReadMessage {
  /** Its offset. */
  readonly number: number;
  readonly offset: string;
  readonly key: Uint8Array | null;
  readonly batchContext: BatchContext;
  isControlRecord: boolean;
  readonly size: number;
  recordOf(topic: string): IncomingRecord;
}

/** Of messages without a batch, and without one that can be read. */
export const NO_BATCH: BatchContext = {
  producerId: '-1',
  inTransaction: false,
  isControlBatch: false,
};
