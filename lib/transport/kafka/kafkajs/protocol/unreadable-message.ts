import type { IncomingRecord } from '../../../transport.interface.js';
import { asKafkaMessages } from './kafka-message.js';
import { type BatchContext, NO_BATCH, type ReadMessage } from './read-message.js';

/** What stands for a record that cannot be read, or for all from its offset to `last`, which are lost. */
export class UnreadableMessage implements ReadMessage {
  readonly key = null;
  readonly size = 0;
  /** It is not for readers. */
  isControlRecord: boolean;

  constructor(
    readonly number: number,
    private readonly reason: string,
    readonly batchContext: BatchContext = NO_BATCH,
    private readonly last?: number,
  ) {
    this.isControlRecord = batchContext.isControlBatch;
  }

  get offset(): string {
    return String(this.number);
  }

  recordOf(topic: string): IncomingRecord {
    const { number, last, reason } = this;
    if (last === undefined) return unreadable(topic, reason);
    const lost = { count: last - number + 1, last: String(last) };
    return unreadable(topic, reason, lost);
  }
}

asKafkaMessages(UnreadableMessage.prototype);

/** Tells kafkajs that there is nothing more up to an offset: it goes on behind it, and gives it to nobody. */
export function endMark(offset: number): ReadMessage {
  const mark = new UnreadableMessage(offset, '');
  mark.isControlRecord = true;
  return mark;
}

export function unreadable(
  topic: string,
  reason: string,
  lost?: NonNullable<IncomingRecord['unreadable']>['lost'],
): IncomingRecord {
  const why = lost === undefined ? { reason } : { reason, lost };
  return { topic, key: null, attributes: [], body: null, unreadable: why };
}
