import type { DataInputOf, DataOf, EventDefinition } from './event-definition.js';
import type { OpenEdxEventMap } from './open-edx-event-map.js';

/** The event types of Open edX, and those that you added to `OpenEdxEventMap`. */
export type EventType = Extract<keyof OpenEdxEventMap, string>;
/** An event, named by its definition or by its type. */
export type KnownEvent = EventType | EventDefinition;

/** How `EventData` shows 64-bit integers. */
export interface EventDataOptions {
  /**
   * A 64-bit integer that a number cannot hold exactly arrives as a bigint. `number` (default) leaves that out of the
   * types, as ids of Open edX are small; `bigint` makes you handle it.
   */
  longs?: 'number' | 'bigint';
}

/** The type with `number | bigint` for each `number` in it, at any depth. */
export type WidenLongs<T> = T extends number
  ? number | bigint
  : T extends string | boolean | bigint | null | undefined | Uint8Array
    ? T
    : { [K in keyof T]: WidenLongs<T[K]> };

/** The data that handlers of the event receive. */
export type EventData<E, O extends EventDataOptions = object> = 0 extends 1 & E
  ? // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the data of any event is any
    any
  : O extends { longs: 'bigint' }
    ? WidenLongs<EventData<E>>
    : E extends keyof OpenEdxEventMap
      ? DataOf<OpenEdxEventMap[E]>
      : DataOf<E>;

/** The data that a producer accepts for the event: fields with a default may be left out. */
export type EventInput<E> = E extends keyof OpenEdxEventMap
  ? DataInputOf<OpenEdxEventMap[E]>
  : DataInputOf<E>;
