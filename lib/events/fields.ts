import type {
  CustomType,
  FieldType,
  Fields,
  InputOf,
  ListType,
  MapType,
  OptionalField,
  OutputOf,
  PrimitiveKind,
  RecordType,
  UnsupportedType,
} from './field-type.js';
import type {
  CcxKey,
  CourseKey,
  LibraryCollectionKey,
  LibraryContainerKey,
  LibraryKey,
  LibraryUsageKey,
  UsageKey,
} from './keys/index.js';

/** A string. Rejected when sending: one with half of a surrogate pair, which UTF-8 cannot hold. */
export const string = (): FieldType<string> => ({ kind: 'string' });
/** A 64-bit integer. Sent as an integer or a bigint; received as a number, or as a bigint beyond 2^53 - 1. */
export const long = (): FieldType<number, number | bigint> => ({ kind: 'long' });
/** A floating-point number of 64 bits; NaN and the infinities too. */
export const double = (): FieldType<number> => ({ kind: 'double' });
/** `true` or `false`; nothing else is taken for one of them. */
export const boolean = (): FieldType<boolean> => ({ kind: 'boolean' });
/** Bytes. Sent as any Uint8Array, a Buffer included; received as bytes that belong to the handler. */
export const bytes = (): FieldType<Uint8Array> => ({ kind: 'bytes' });

/**
 * A moment, as a string in the form of Python's `datetime.isoformat`. Sent as a Date, or as any string that Python's
 * `datetime.fromisoformat` reads; received as it was written, see `dateFromDatetime`.
 */
export const datetime = (): FieldType<string, string | Date> => ({ kind: 'datetime' });
/** A UUID. Sent as any string that Python's `UUID` reads, and written hyphenated in lower case; received as it was written. */
export const uuid = (): FieldType<string> => ({ kind: 'uuid' });

/** The key of a course, a legacy library or a CCX. Sent as a string that `CourseKey.is` accepts; received as a CourseKey. */
export const courseKey = (): FieldType<CourseKey, string> => ({ kind: 'courseKey' });
/** The key of a block in a course or a library. Sent as a string that `UsageKey.is` accepts; received as a UsageKey. */
export const usageKey = (): FieldType<UsageKey, string> => ({ kind: 'usageKey' });
/** The key of a custom course (CCX). Sent as a string that `CcxKey.is` accepts; received as a CcxKey. */
export const ccxKey = (): FieldType<CcxKey, string> => ({ kind: 'ccxKey' });
/** The key of a content library. Sent as a string that `LibraryKey.is` accepts; received as a LibraryKey. */
export const libraryKey = (): FieldType<LibraryKey, string> => ({ kind: 'libraryKey' });
/** The key of a block in a content library. Sent as a string that `LibraryUsageKey.is` accepts; received as a LibraryUsageKey. */
export const libraryUsageKey = (): FieldType<LibraryUsageKey, string> => ({
  kind: 'libraryUsageKey',
});
/**
 * The key of a collection in a content library. Sent as a string that `LibraryCollectionKey.is` accepts; received as a
 * LibraryCollectionKey.
 */
export const libraryCollectionKey = (): FieldType<LibraryCollectionKey, string> => ({
  kind: 'libraryCollectionKey',
});
/**
 * The key of a container (a unit, subsection or section) in a content library. Sent as a string that
 * `LibraryContainerKey.is` accepts; received as a LibraryContainerKey.
 */
export const libraryContainerKey = (): FieldType<LibraryContainerKey, string> => ({
  kind: 'libraryContainerKey',
});

/**
 * Any number of values of one type, in order. The items cannot be nullable, datetimes, UUIDs or keys: `defineEvent`
 * rejects them, as Python has no Avro schema for them.
 */
export function list<Out, In>(items: FieldType<Out, In>): ListType<Out[], readonly In[]> {
  return { kind: 'list', items };
}

/** An object of values of one type under any names. Written with its names sorted by code point, as Python does. Values as in `list`. */
export function map<Out, In>(
  values: FieldType<Out, In>,
): MapType<Record<string, Out>, Readonly<Record<string, In>>> {
  return { kind: 'map', values };
}

/** A field of a record that may be null, and may be left out when sending: it is then null. Avro `["null", T]`. */
export function nullable<Out, In>(of: FieldType<Out, In>): OptionalField<Out | null, In | null> {
  return { kind: 'optional', of, default: null };
}

/** A field that may be left out when sending: it is then written with `value`. The Avro schema does not show it. */
export function withDefault<Out, In>(
  of: FieldType<Out, In>,
  value: NoInfer<In>,
): OptionalField<Out, In> {
  return { kind: 'optional', of, default: value };
}

/** An object with named fields: an Avro record. Two records of the same name in one event must have the same fields. */
export function record<F extends Fields>(
  name: string,
  fields: F,
): RecordType<OutputOf<F>, InputOf<F>> {
  // What the compiler cannot know of fields in general: they are those of their own types.
  return { kind: 'record', name, fields: fields as never };
}

/**
 * A field type of your own, written as a primitive Avro type. `name` is what problems call it. Both functions of
 * `convert` may throw to reject a value: see `CustomType`.
 */
export function custom<Out, In = Out>(
  name: string,
  base: PrimitiveKind,
  convert: { toWire: (value: In) => unknown; fromWire: (value: never) => Out },
): CustomType<Out, In> {
  return { kind: 'custom', name, base, ...convert };
}

/** For a Python type that Avro has no schema for: the event can be declared, and neither sent nor received. */
export const unsupported = (pythonType: string): UnsupportedType => ({
  kind: 'unsupported',
  pythonType,
});
