import { BaseRpcContext } from '@nestjs/microservices';
import type { UnknownFields } from '../../codec/resolution/unknown-fields.js';
import type { EventMetadata } from '../../events/event-metadata.js';
import type { IncomingRecord, RecordPosition } from '../../transport/transport.interface.js';
import type { ArgumentsHost } from '@nestjs/common';

export interface EventContextFields {
  readonly bus: string;
  /** null in a replay. */
  readonly group: string | null;
  readonly type: string;
  /** Without the environment prefix. */
  readonly topic: string;
  readonly position: RecordPosition;
  readonly metadata: EventMetadata;
  /** The event's key: the wire key, else the value of the key field, as text; null where there is none. */
  readonly key: string | null;
  /** 1 = first attempt in this process. */
  readonly attempt: number;
  /** As the broker counts; undefined where it does not. */
  readonly deliveryCount?: number | undefined;
  /** Fires at `handlerTimeout`, at a forced stop and when the record is no longer ours. */
  readonly signal: AbortSignal;
  /** The openedx-events release whose schema version the body was read with; null: the current one. */
  readonly writerRelease: string | null;
  readonly schemaId?: number | undefined;
  /**
   * What a newer writer sent that the event's definition has no field for, by path (`user.pii.phone`):
   * known where the record names its schema (Kafka), else empty. Read from the record when asked for.
   */
  readonly unknownFields?: UnknownFields;
  /** The record as it came, undecoded. */
  readonly record: IncomingRecord;
  readonly warnings: readonly string[];
}

/** What a handler may know of its event besides the data. Also Nest's RPC context of the call. */
export class OpenEdxEventContext
  extends BaseRpcContext<[EventContextFields]>
  implements EventContextFields
{
  constructor(private readonly of: EventContextFields) {
    super([of]);
  }
  get bus(): string {
    return this.of.bus;
  }
  get group(): string | null {
    return this.of.group;
  }
  get type(): string {
    return this.of.type;
  }
  get topic(): string {
    return this.of.topic;
  }
  get position(): RecordPosition {
    return this.of.position;
  }
  get metadata(): EventMetadata {
    return this.of.metadata;
  }
  get key(): string | null {
    return this.of.key;
  }
  get attempt(): number {
    return this.of.attempt;
  }
  get deliveryCount(): number | undefined {
    return this.of.deliveryCount;
  }
  get signal(): AbortSignal {
    return this.of.signal;
  }
  get writerRelease(): string | null {
    return this.of.writerRelease;
  }
  get schemaId(): number | undefined {
    return this.of.schemaId;
  }
  get unknownFields(): UnknownFields {
    return this.of.unknownFields ?? {};
  }
  get record(): IncomingRecord {
    return this.of.record;
  }
  get warnings(): readonly string[] {
    return this.of.warnings;
  }
}

/**
 * True inside the call of an event handler: lets a guard, pipe, interceptor or filter that also
 * serves HTTP tell where it runs. `context.switchToRpc().getContext<OpenEdxEventContext>()` is the
 * event then, and `switchToRpc().getData()` its data.
 */
export function isOpenEdxEvent(context: ArgumentsHost): boolean {
  return (
    context.getType() === 'rpc' && context.switchToRpc().getContext() instanceof OpenEdxEventContext
  );
}
