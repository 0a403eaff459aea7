import { declareHandler } from '../consuming/handlers/handler-declaration.js';
import { defaultArguments, markEntryPoint } from '../nest-internals/metadata-keys.js';
import { DEFAULT_EVENT_BUS } from '../event-bus.constants.js';
import type { EventDefinition } from '../events/event-definition.js';
import type { EventData, KnownEvent } from '../events/event-types.js';
import type { Duration } from '../settings/duration.js';
import type { FailureOptions } from '../settings/failure-settings.js';
import type { OpenEdxEventContext } from '../consuming/handlers/event-context.js';
import type { EventMetadata } from '../events/event-metadata.js';

/** A pattern of event types: `*` stands for one or more segments and may only be the last one. */
export type EventWildcard = '*' | `${string}.*`;

/** The data that a handler of an event, or of a list of events, receives. A wildcard gives `any`. */
export type HandledData<E> = 0 extends 1 & E
  ? // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the data of any event is any
    any
  : E extends readonly (infer One)[]
    ? HandledData<One>
    : E extends EventWildcard
      ? // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a wildcard may be any event
        any
      : EventData<E>;

/** Where a handler gets its events from, and when it is tried again. Every option may be left out. */
export interface OnOpenEdxEventOptions extends FailureOptions {
  /**
   * Topics without prefix: the group subscribes to them, and the handler receives events from them only.
   * Default: the group subscribes to the topics that the producer configuration has for the event type, and the
   * handler receives events from every topic of the group. A group without any topic takes those of `PLATFORM_TOPICS`.
   */
  readonly topic?: string | readonly string[] | undefined;
  /** Consumer group. Default: the group of the bus. Without either the application does not start. */
  readonly group?: string | undefined;
  /** Name of the bus. Default: the unnamed one. */
  readonly bus?: string | undefined;
  /**
   * Names the handler in errors, log lines and status, once per bus and group. Default: `Class.method`. Give one where
   * the name of the class is not stable (minifiers shorten it). A function gives each instance of a class its own.
   */
  readonly id?: string | ((self: object) => string) | undefined;
  /**
   * Leaves out events that this handler has handled before, and lets one process at a time handle an event. `ttl` is how
   * long an event counts as handled; default: that of `idempotency` in `forRoot`, which this option needs, as it needs an
   * `id`. An event is marked after the handler succeeded: a process that is killed between the two repeats the call.
   * Default false.
   */
  readonly idempotent?: boolean | { readonly ttl?: Duration | undefined } | undefined;
}

/**
 * Makes a method of a provider or controller the handler of an event, of several events, or of all that a
 * pattern matches. It may be applied several times.
 *
 * The method receives `(data, context)`, or what its parameter decorators ask for (`@Payload`,
 * `@Ctx`, `@EventMeta`). It runs inside its guards, pipes, interceptors and filters, at least
 * once for each event; a promise or an Observable that it returns is awaited. When it throws or rejects, it is
 * retried (`retry`, `classify`), and then `onFailure` decides. Handlers of one event run at the same time and
 * independently of each other.
 *
 * With parameter decorators that change the type of the data write `@OnOpenEdxEvent<any>(…)`.
 */
export function OnOpenEdxEvent<
  const E extends KnownEvent | EventWildcard | readonly (KnownEvent | EventWildcard)[],
>(event: E, options: OnOpenEdxEventOptions = {}): HandlerDecorator<HandledData<E>> {
  const events = (Array.isArray(event) ? event : [event]) as readonly (string | EventDefinition)[];
  const { retry, onFailure, classify } = options;
  const topics = options.topic === undefined ? [] : options.topic;
  return (target, key, descriptor) => {
    if (typeof target !== 'function') {
      defaultArguments(target, key);
      markEntryPoint(target);
    }
    declareHandler(target, key, descriptor, {
      patterns: events.map((one) => (typeof one === 'string' ? one : one.type)),
      definitions: events.filter((one) => typeof one !== 'string'),
      topics: typeof topics === 'string' ? [topics] : topics,
      group: options.group,
      bus: options.bus ?? DEFAULT_EVENT_BUS,
      id: options.id,
      failure: { retry, onFailure, classify },
      idempotent: options.idempotent,
      options,
    });
  };
}

/** A method that receives an event: first its data, then the context. Both may be left out. */
export type EventHandlerMethod<Data> = (data: Data, context: OpenEdxEventContext) => unknown;

/**
 * True where every parameter of a method can be given something of the event: the data or a part of its type, one field
 * of it with exactly that type (as under `@Payload('field')`), the context or the metadata.
 */
export type TakesParameters<
  Data,
  Parameters extends readonly unknown[],
> = number extends Parameters['length']
  ? true
  : Parameters extends readonly []
    ? true
    : Parameters extends readonly [(infer First)?, ...infer Rest]
      ? (
          0 extends 1 & Data
            ? true
            : Data extends First
              ? true
              : OpenEdxEventContext extends First
                ? true
                : EventMetadata extends First
                  ? true
                  : true extends {
                        [K in keyof Data]: [Data[K], First] extends [First, Data[K]] ? true : false;
                      }[keyof Data]
                    ? true
                    : false
        ) extends true
        ? TakesParameters<Data, Rest>
        : false
      : true;

/**
 * A method decorator that accepts only methods that can handle the data: what `OnOpenEdxEvent` returns.
 *
 * Types cannot see parameter decorators, so a parameter may also have exactly the type of one field
 * (`@Payload('field')`), the context (`@Ctx()`) or the metadata (`@EventMeta()`). A parameter that
 * a pipe fills with something else needs `@OnOpenEdxEvent<any>(…)`.
 */
export type HandlerDecorator<Data> = <
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a method of any parameters, checked below
  Method extends (...parameters: any) => unknown,
>(
  target: object,
  propertyKey: string | symbol,
  descriptor: TypedPropertyDescriptor<Method> &
    (TakesParameters<Data, Parameters<Method>> extends true
      ? unknown
      : TypedPropertyDescriptor<EventHandlerMethod<Data>>),
) => void;
