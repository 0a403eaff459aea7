declare const OUT: unique symbol;
declare const IN: unique symbol;

/** The kinds of opaque keys; the Python classes are CourseKey, UsageKey, CCXLocator and LibraryLocatorV2 and its kin. */
export type OpaqueKeyKind =
  | 'courseKey'
  | 'usageKey'
  | 'ccxKey'
  | 'libraryKey'
  | 'libraryUsageKey'
  | 'libraryCollectionKey'
  | 'libraryContainerKey';

export type PrimitiveKind = 'string' | 'long' | 'double' | 'boolean' | 'bytes';

/** Kinds that travel as an Avro string with a format of their own. */
export type TextKind = 'datetime' | 'uuid' | OpaqueKeyKind;

export type FieldKind =
  PrimitiveKind | TextKind | 'list' | 'map' | 'record' | 'optional' | 'custom' | 'unsupported';

/**
 * The shape of one value: what it is on the wire, and which type it has in TypeScript.
 *
 * `Out` is what a handler receives, `In` what `send` accepts.
 */
export interface FieldType<Out, In = Out> {
  readonly kind: FieldKind;
  readonly [OUT]?: (value: Out) => Out;
  readonly [IN]?: (value: In) => In;
}

/**
 * A field that may be left out when sending: it is then written with its default.
 * Only a default of null changes the Avro schema, to `["null", T]` (reference: behaviour 2.1).
 */
export interface OptionalField<Out, In = Out> extends FieldType<Out, In> {
  readonly kind: 'optional';
  readonly of: AnyFieldType;
  readonly default: unknown;
}

export interface RecordType<Out, In = Out> extends FieldType<Out, In> {
  readonly kind: 'record';
  /** The Avro record name: the simple name of the Python data class. */
  readonly name: string;
  readonly fields: FieldsOf<Out, In>;
}

export interface ListType<Out, In = Out> extends FieldType<Out, In> {
  readonly kind: 'list';
  readonly items: AnyFieldType;
}

export interface MapType<Out, In = Out> extends FieldType<Out, In> {
  readonly kind: 'map';
  readonly values: AnyFieldType;
}

/** A field type of your own, which travels as one of the primitive Avro types. */
export interface CustomType<Out, In = Out> extends FieldType<Out, In> {
  readonly kind: 'custom';
  readonly name: string;
  readonly base: PrimitiveKind;
  /** Sent value to wire value. Throw to refuse; the message becomes part of InvalidEventDataError. */
  readonly toWire: (value: In) => unknown;
  /** Wire value to received value. Throw to refuse: the record is unusable. */
  readonly fromWire: (value: never) => Out;
}

/** A field that has no Avro type: its event is in the catalogue but cannot travel. */
export interface UnsupportedType extends FieldType<unknown> {
  readonly kind: 'unsupported';
  readonly pythonType: string;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the phantoms are invariant: only any fits all
export type AnyFieldType = FieldType<any, any>;
export type Fields = Readonly<Record<string, AnyFieldType>>;

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- only any matches whatever is not inferred
export type Output<F> = F extends FieldType<infer Out, any> ? Out : never;
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- only any matches whatever is not inferred
export type Input<F> = F extends FieldType<any, infer In> ? In : never;

type Flat<T> = { [K in keyof T]: T[K] } & {};
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- only any matches whatever is not inferred
type IsOptional<F> = F extends OptionalField<any, any> ? true : false;
type RequiredInput<F extends Fields> = {
  [K in keyof F as IsOptional<F[K]> extends true ? never : K]: Input<F[K]>;
};
type OptionalInput<F extends Fields> = {
  [K in keyof F as IsOptional<F[K]> extends true ? K : never]?: Input<F[K]> | undefined;
};

type OptionalKeys<T> = {
  [K in keyof T]-?: Record<never, never> extends Pick<T, K> ? K : never;
}[keyof T];

/**
 * The fields of data that is received as `Out` and sent as `In`, for other records and events to be made with them:
 * `{ ...userData.fields, is_staff: boolean() }`. A field that is a record, a list or a map is any field here.
 */
export type FieldsOf<Out, In = Out> = [keyof Out] extends [never]
  ? Fields
  : string extends keyof Out
    ? Fields
    : {
        readonly [K in keyof Out]: K extends OptionalKeys<In>
          ? OptionalField<Out[K], Exclude<In[K & keyof In], undefined>>
          : FieldType<Out[K], In[K & keyof In]>;
      };

/** The received type of a set of fields. */
export type OutputOf<F extends Fields> = { -readonly [K in keyof F]: Output<F[K]> };
/** The sent type of a set of fields: those with a default may be left out. */
export type InputOf<F extends Fields> = Flat<RequiredInput<F> & OptionalInput<F>>;
