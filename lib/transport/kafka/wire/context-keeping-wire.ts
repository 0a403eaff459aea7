import type { AsyncResource } from 'node:async_hooks';
import { hereContext } from '../../../common/async-contexts.js';
import type { IncomingRecord, OutgoingRecord, Position } from '../../transport.interface.js';
import type { PreparedEvent, ReceivedEvent, WireFormat } from '../../wire-format.interface.js';

/** Tells of each record the async context of whoever sent its event: records of many are published together. */
export class ContextKeepingWire implements WireFormat {
  constructor(
    private readonly wire: WireFormat,
    private readonly keep: (record: OutgoingRecord, context: AsyncResource) => void,
  ) {}

  toRecord(
    event: PreparedEvent,
    fullTopic: string,
    deadline: number,
  ): OutgoingRecord | Promise<OutgoingRecord> {
    const context = hereContext();
    const kept = (record: OutgoingRecord): OutgoingRecord => {
      this.keep(record, context);
      return record;
    };
    const made = this.wire.toRecord(event, fullTopic, deadline);
    return 'then' in made ? made.then(kept) : kept(made);
  }

  fromRecord(
    record: IncomingRecord,
    position: Position,
    isWanted?: (type: string) => boolean,
  ): ReceivedEvent | Promise<ReceivedEvent> {
    return this.wire.fromRecord(record, position, isWanted);
  }

  keyText(key: Uint8Array): string | undefined {
    return this.wire.keyText?.(key);
  }
}
