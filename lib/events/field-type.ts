declare const OUT: unique symbol;
declare const IN: unique symbol;

/** The kinds of opaque keys. Each is a string in the form of a Python class, such as CourseKey or LibraryLocatorV2. */
export type OpaqueKeyKind =
  | 'courseKey'
  | 'usageKey'
  | 'ccxKey'
  | 'libraryKey'
  | 'libraryUsageKey'
  | 'libraryCollectionKey'
  | 'libraryContainerKey';

/** Kinds that travel as the Avro type of the same name. A `long` is a 64-bit integer. */
export type PrimitiveKind = 'string' | 'long' | 'double' | 'boolean' | 'bytes';

/** Kinds that travel as an Avro string and must have a certain format. */
export type TextKind = 'datetime' | 'uuid' | OpaqueKeyKind;

/** What a field is: see the function of the same name; `optional` is made by `nullable` and `withDefault`. */
export type FieldKind =
  PrimitiveKind | TextKind | 'list' | 'map' | 'record' | 'optional' | 'custom' | 'unsupported';

/**
 * The type of a value: how it is written, and which type it has in TypeScript.
 *
 * `Out` is what a handler receives, `In` what `send` accepts.
 */
export interface FieldType<Out, In = Out> {
  /** Tells the field types apart at run time. */
  readonly kind: FieldKind;
  /** For the compiler only, which infers `Out` from it. Never there at run time. */
  readonly [OUT]?: (value: Out) => Out;
  /** For the compiler only, which infers `In` from it. Never there at run time. */
  readonly [IN]?: (value: In) => In;
}

/**
 * A field that may be left out when sending: it is then written with its default. Made by `nullable` and `withDefault`.
 * Only a default of null changes the Avro schema, to `["null", T]`.
 */
export interface OptionalField<Out, In = Out> extends FieldType<Out, In> {
  /** Tells the field types apart at run time. */
  readonly kind: 'optional';
  /** The type of a value that is given. */
  readonly of: AnyFieldType;
  /** What is written for a field that is left out, in the form in which it is sent. */
  readonly default: unknown;
}

/** An object with named fields, an Avro record. Made by `record`. */
export interface RecordType<Out, In = Out> extends FieldType<Out, In> {
  /** Tells the field types apart at run time. */
  readonly kind: 'record';
  /** The Avro record name: the name of the Python data class, without its module. */
  readonly name: string;
  /** The fields in the order in which they are written. Another record may be made with them. */
  readonly fields: FieldsOf<Out, In>;
}

/** An Avro array. Made by `list`. */
export interface ListType<Out, In = Out> extends FieldType<Out, In> {
  /** Tells the field types apart at run time. */
  readonly kind: 'list';
  /** The type of each item. */
  readonly items: AnyFieldType;
}

/** An Avro map, with strings as keys. Made by `map`. */
export interface MapType<Out, In = Out> extends FieldType<Out, In> {
  /** Tells the field types apart at run time. */
  readonly kind: 'map';
  /** The type of each value. */
  readonly values: AnyFieldType;
}

/** A field type of your own, which travels as one of the primitive Avro types. Made by `custom`. */
export interface CustomType<Out, In = Out> extends FieldType<Out, In> {
  /** Tells the field types apart at run time. */
  readonly kind: 'custom';
  /** What problems call the type. It is not part of the Avro schema. */
  readonly name: string;
  /** The Avro type that the value is written as. */
  readonly base: PrimitiveKind;
  /** Sent value to written value. Throw to reject it: the message becomes part of InvalidEventDataError. */
  readonly toWire: (value: In) => unknown;
  /** Written value to received value. Throw to reject it: the record is unusable. */
  readonly fromWire: (value: never) => Out;
}

/** A field that has no Avro type: its event is in the catalogue but cannot be sent or received. Made by `unsupported`. */
export interface UnsupportedType extends FieldType<unknown> {
  /** Tells the field types apart at run time. */
  readonly kind: 'unsupported';
  /** The Python type that has no Avro type, as UnserializableEventError names it. */
  readonly pythonType: string;
}

/** A field type of whatever values: what lists, maps and records are made of. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the phantoms are invariant: only any fits all
export type AnyFieldType = FieldType<any, any>;
/** Names and types of the fields of a record, or of the data of an event, in the order in which they are written. */
export type Fields = Readonly<Record<string, AnyFieldType>>;

/** What a handler receives for a field type: `Output<typeof userData>`. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- only any matches whatever is not inferred
export type Output<F> = F extends FieldType<infer Out, any> ? Out : never;
/** What `send` accepts for a field type: `Input<typeof userData>`. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- only any matches whatever is not inferred
export type Input<F> = F extends FieldType<any, infer In> ? In : never;

/** The sent type of those fields that have no default. */
export type RequiredInputOf<F extends Fields> = {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- only any matches whatever is not inferred
  [K in keyof F as F[K] extends OptionalField<any, any> ? never : K]: Input<F[K]>;
};
/** The sent type of those fields that have a default: each may be left out. */
export type OptionalInputOf<F extends Fields> = {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- only any matches whatever is not inferred
  [K in keyof F as F[K] extends OptionalField<any, any> ? K : never]?: Input<F[K]> | undefined;
};

/**
 * The fields of data that is received as `Out` and sent as `In`, so that other records and events can be made with
 * them: `{ ...userData.fields, is_staff: boolean() }`. Whether a field is a record, a list or a map is not part of it.
 */
export type FieldsOf<Out, In = Out> = [keyof Out] extends [never]
  ? Fields
  : string extends keyof Out
    ? Fields
    : {
        readonly [K in keyof Out]: K extends keyof In
          ? Record<never, never> extends Pick<In, K>
            ? OptionalField<Out[K], Exclude<In[K], undefined>>
            : FieldType<Out[K], In[K]>
          : FieldType<Out[K], never>;
      };

/** What a handler receives for a set of fields. */
export type OutputOf<F extends Fields> = { -readonly [K in keyof F]: Output<F[K]> };
/** What `send` accepts for a set of fields: those with a default may be left out. */
export type InputOf<F extends Fields> = {
  [K in keyof (RequiredInputOf<F> & OptionalInputOf<F>)]: (RequiredInputOf<F> &
    OptionalInputOf<F>)[K];
} & {};
