import { assertDefinition } from './check-definition.js';
import { copyDefinition } from './definition-copy.js';
import type { Fields, FieldsOf, InputOf, OutputOf } from './field-type.js';

declare const DATA: unique symbol;
declare const INPUT: unique symbol;

/**
 * An event: its type, the shape of its data and so, by inference, the types of handlers and `send`.
 * Python calls it a signal.
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- any event is assignable to the bare name
export interface EventDefinition<Type extends string = string, Data = any, DataInput = any> {
  readonly type: Type;
  readonly minorVersion: number;
  /** The event's arguments in wire order. */
  readonly data: FieldsOf<Data, DataInput>;
  readonly [DATA]?: (value: Data) => Data;
  readonly [INPUT]?: (value: DataInput) => DataInput;
}

export interface EventDeclaration<Type extends string, F extends Fields> {
  readonly type: Type;
  /** Default 0. */
  readonly minorVersion?: number;
  readonly data: F;
}

/**
 * Declares an event. Pass it to `EventBusModule.forFeature([EVENT])` to make it known to the bus.
 *
 * Throws ConfigurationError, with the path of every problem, for what the reference or Avro could not
 * carry: an argument named like a reserved one (`time`, `metadata`, `from_event_bus`, `sender`,
 * `signal`, `send_robust`) or nullable; a name that Avro refuses; a record called CloudEvent; two
 * different records of one name; optional values, dates, UUIDs or keys as items of a list or map; a
 * field type of an unknown kind. The definition is a copy: what is done to the declaration later changes
 * nothing.
 */
export function defineEvent<const Type extends string, F extends Fields>(
  declaration: EventDeclaration<Type, F>,
): EventDefinition<Type, OutputOf<F>, InputOf<F>> {
  return checkedCopy(declaration, 0) as EventDefinition<Type, OutputOf<F>, InputOf<F>>;
}

const checked = new WeakMap<object, EventDefinition>();

/**
 * What `defineEvent` made, as it is; of a definition that was put together by hand, a frozen copy, made
 * and checked at the first call. Throws ConfigurationError, as `defineEvent`.
 */
export function checkedDefinition(given: unknown): EventDefinition {
  const isObject = typeof given === 'object' && given !== null;
  const known = isObject ? checked.get(given) : undefined;
  if (known !== undefined) return known;
  const definition = checkedCopy(given);
  if (isObject) checked.set(given, definition);
  return definition;
}

function checkedCopy(given: unknown, minorVersion?: number): EventDefinition {
  const definition = copyDefinition(given, minorVersion);
  assertDefinition(definition);
  checked.set(definition, definition);
  return definition;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type DataOf<E> = E extends EventDefinition<any, infer D, any> ? D : never;
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type DataInputOf<E> = E extends EventDefinition<any, any, infer D> ? D : never;
