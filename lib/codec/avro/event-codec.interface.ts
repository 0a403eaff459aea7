import type { EventDefinition } from '../../events/event-definition.js';

/** Data <-> Avro bytes for one event. Compiled once per definition (`codecFor`). */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- most callers know the event only at run time
export interface EventCodec<Data = any, Input = any> {
  readonly definition: EventDefinition;
  /** Equal to the text that the reference sends to the schema registry. */
  readonly schema: string;
  /** Throws InvalidEventDataError with the path of every problem. The bytes are the caller's. */
  encode(data: Input): Buffer;
  /**
   * Throws UnusableRecordError for anything but one whole, valid value. With `writerSchema` other
   * than `schema` the value is read in the writer's layout and resolved to the definition.
   */
  decode(body: Uint8Array, writerSchema?: string): Data;
  /** A deep copy of decoded data. */
  copy(data: Data): Data;
}
