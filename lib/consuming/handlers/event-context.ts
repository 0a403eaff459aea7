import { BaseRpcContext } from '@nestjs/microservices';
import type { UnknownFields } from '../../codec/resolution/unknown-fields.js';
import type { EventMetadata } from '../../events/event-metadata.js';
import type { IncomingRecord, RecordPosition } from '../../transport/transport.interface.js';
import type { ArgumentsHost } from '@nestjs/common';
import { OnceUnavailableError } from '../../errors/idempotency.errors.js';

/** What `OpenEdxEventContext` is made of; a test may make a context of its own with it. */
export interface EventContextFields {
  /** Name of the bus that received the event; `default` for the unnamed one. */
  readonly bus: string;
  /** Consumer group of the handler; null in a replay, which belongs to no group. */
  readonly group: string | null;
  /** Type of the event, as in `metadata.type`. */
  readonly type: string;
  /** The topic without the environment prefix, as handlers and routes name it. */
  readonly topic: string;
  /** Where the record is at the broker. The same after a redelivery. */
  readonly position: RecordPosition;
  /** Metadata of the event as its sender made it. `metadata.id` is the same after a redelivery. */
  readonly metadata: EventMetadata;
  /** The key of the record, else the value of the key field (`keyFields`), as a string; null where there is none. */
  readonly key: string | null;
  /** The number of this attempt; 1 is the first. A redelivered record begins at 1 again; a later retry counts the attempts before it. */
  readonly attempt: number;
  /** How often the broker has delivered the record, from 1; undefined where it does not count (Kafka). */
  readonly deliveryCount?: number | undefined;
  /** Aborted at `handlerTimeout`, at the deadline of a shutdown, and when the record was given to another member. */
  readonly signal: AbortSignal;
  /** The release of openedx-events whose schema version the body was read with; null: that of this package. */
  readonly writerRelease: string | null;
  /** Id of the writer's schema in the schema registry; undefined where records name none (Redis). */
  readonly schemaId?: number | undefined;
  /** Default: empty. */
  readonly unknownFields?: UnknownFields;
  /** The record as it was received, not decoded. */
  readonly record: IncomingRecord;
  /** What was unusual about the record, for people; empty for most. A value that is missing has its default. */
  readonly warnings: readonly string[];
  /**
   * For `once`: inserts the mark of a handler and a name into a transaction, and resolves with whether it was not there
   * before. Absent where the bus has no store that can.
   */
  readonly insertMark?:
    ((tx: unknown, handler: string, name: string) => Promise<boolean>) | undefined;
}

/** What a handler can know of its event besides the data: its second parameter. Also Nest's RPC context of the call. */
export class OpenEdxEventContext
  extends BaseRpcContext<[EventContextFields]>
  implements EventContextFields
{
  constructor(
    private readonly of: EventContextFields,
    /** Id of the handler. */
    private readonly handler = '',
  ) {
    super([of]);
  }

  /** Name of the bus that received the event; `default` for the unnamed one. */
  get bus(): string {
    return this.of.bus;
  }
  /** Consumer group of the handler; null in a replay, which belongs to no group. */
  get group(): string | null {
    return this.of.group;
  }
  /** Type of the event, as in `metadata.type`. */
  get type(): string {
    return this.of.type;
  }
  /** The topic without the environment prefix, as handlers and routes name it. */
  get topic(): string {
    return this.of.topic;
  }
  /** Where the record is at the broker. The same after a redelivery. */
  get position(): RecordPosition {
    return this.of.position;
  }
  /** Metadata of the event as its sender made it. `metadata.id` is the same after a redelivery. */
  get metadata(): EventMetadata {
    return this.of.metadata;
  }
  /** The key of the record, else the value of the key field (`keyFields`), as a string; null where there is none. */
  get key(): string | null {
    return this.of.key;
  }
  /** The number of this attempt; 1 is the first. A redelivered record begins at 1 again; a later retry counts the attempts before it. */
  get attempt(): number {
    return this.of.attempt;
  }
  /** How often the broker has delivered the record, from 1; undefined where it does not count (Kafka). */
  get deliveryCount(): number | undefined {
    return this.of.deliveryCount;
  }
  /** Aborted at `handlerTimeout`, at the deadline of a shutdown, and when the record was given to another member. */
  get signal(): AbortSignal {
    return this.of.signal;
  }
  /** The release of openedx-events whose schema version the body was read with; null: that of this package. */
  get writerRelease(): string | null {
    return this.of.writerRelease;
  }
  /** Id of the writer's schema in the schema registry; undefined where records name none (Redis). */
  get schemaId(): number | undefined {
    return this.of.schemaId;
  }
  /**
   * What a newer writer sent that the event's definition has no field for, by path (`user.pii.phone`).
   * Known where the record names its schema (Kafka), else empty. Read from the record when asked for.
   */
  get unknownFields(): UnknownFields {
    return this.of.unknownFields ?? {};
  }
  /** The record as it came, undecoded. */
  get record(): IncomingRecord {
    return this.of.record;
  }
  /** What was unusual about the record, for people; empty for most. A value that is missing has its default. */
  get warnings(): readonly string[] {
    return this.of.warnings;
  }

  /**
   * Runs `work` once for this event and handler, and resolves with whether it ran: marks the event inside the transaction
   * `tx`, and leaves `work` out where it is marked already. The mark and the effects of `work` on the same transaction are
   * stored together, or neither is. `name` tells several calls in one handler apart.
   *
   * Needs an idempotency store in the application's own database, and rejects with OnceUnavailableError without one. It works
   * whether or not the handler is `idempotent`. Rejects as `work` does: let the transaction fail with it.
   */
  async once<Tx>(
    tx: Tx,
    work: () => unknown,
    { name = '' }: { readonly name?: string | undefined } = {},
  ): Promise<boolean> {
    const { insertMark, type, metadata, topic } = this.of;
    if (!insertMark)
      throw new OnceUnavailableError({ topic, eventType: type, eventId: metadata.id });
    if (!(await insertMark(tx, this.handler, name))) return false;
    await work();
    return true;
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
