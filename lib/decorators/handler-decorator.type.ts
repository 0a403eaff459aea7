import type { OpenEdxEventContext } from '../consuming/handlers/event-context.js';
import type { EventMetadata } from '../events/event-metadata.js';

/** A method that takes an event: its data first, then the context. It may leave out either. */
export type EventHandlerMethod<Data> = (data: Data, context: OpenEdxEventContext) => unknown;

type IsAny<T> = 0 extends 1 & T ? true : false;

/** True where the parameter's type is exactly that of a field of the data, as under `@Payload('field')`. */
type TakesField<Data, Parameter> = {
  [K in keyof Data]: [Data[K], Parameter] extends [Parameter, Data[K]] ? true : false;
}[keyof Data];

/** True where the parameter can be given the data or a part of its type, one field, the context or the metadata. */
type Takes<Data, Parameter> =
  IsAny<Data> extends true
    ? true
    : Data extends Parameter
      ? true
      : OpenEdxEventContext extends Parameter
        ? true
        : EventMetadata extends Parameter
          ? true
          : true extends TakesField<Data, Parameter>
            ? true
            : false;

/** True where every parameter can be given something of the event. */
type TakesAll<Data, Parameters extends readonly unknown[]> = number extends Parameters['length']
  ? true
  : Parameters extends readonly [(infer First)?, ...infer Rest]
    ? Parameters extends readonly []
      ? true
      : Takes<Data, First> extends true
        ? TakesAll<Data, Rest>
        : false
    : true;

/**
 * A method decorator that accepts only methods that can handle the data.
 *
 * Types cannot see parameter decorators, so a parameter may also have exactly the type of one field
 * (`@Payload('field')`), the context (`@Ctx()`) or the metadata (`@EventMetadata()`). A parameter that
 * a pipe fills with something else needs `@OnOpenEdxEvent<any>(…)`.
 */
export type HandlerDecorator<Data> = <
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a method of any parameters, checked below
  Method extends (...parameters: any) => unknown,
>(
  target: object,
  propertyKey: string | symbol,
  descriptor: TypedPropertyDescriptor<Method> &
    (TakesAll<Data, Parameters<Method>> extends true
      ? unknown
      : TypedPropertyDescriptor<EventHandlerMethod<Data>>),
) => void;
