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

export const string = (): FieldType<string> => ({ kind: 'string' });
/** A 64-bit integer. Received as a number, or as a bigint where a number would lose digits. */
export const long = (): FieldType<number, number | bigint> => ({ kind: 'long' });
export const double = (): FieldType<number> => ({ kind: 'double' });
export const boolean = (): FieldType<boolean> => ({ kind: 'boolean' });
export const bytes = (): FieldType<Uint8Array> => ({ kind: 'bytes' });

/**
 * A moment, as the text that Python's `datetime.isoformat` writes. Received unchanged from the wire;
 * sent as a Date or as any text that `datetime.fromisoformat` takes.
 */
export const datetime = (): FieldType<string, string | Date> => ({ kind: 'datetime' });
/** Sent as any text that Python's `UUID` takes, written in its canonical form. */
export const uuid = (): FieldType<string> => ({ kind: 'uuid' });

export const courseKey = (): FieldType<CourseKey, string> => ({ kind: 'courseKey' });
export const usageKey = (): FieldType<UsageKey, string> => ({ kind: 'usageKey' });
export const ccxKey = (): FieldType<CcxKey, string> => ({ kind: 'ccxKey' });
export const libraryKey = (): FieldType<LibraryKey, string> => ({ kind: 'libraryKey' });
export const libraryUsageKey = (): FieldType<LibraryUsageKey, string> => ({
  kind: 'libraryUsageKey',
});
export const libraryCollectionKey = (): FieldType<LibraryCollectionKey, string> => ({
  kind: 'libraryCollectionKey',
});
export const libraryContainerKey = (): FieldType<LibraryContainerKey, string> => ({
  kind: 'libraryContainerKey',
});

export function list<Out, In>(items: FieldType<Out, In>): ListType<Out[], readonly In[]> {
  return { kind: 'list', items };
}

/** Written with its keys sorted by code point, as the reference does. */
export function map<Out, In>(
  values: FieldType<Out, In>,
): MapType<Record<string, Out>, Readonly<Record<string, In>>> {
  return { kind: 'map', values };
}

/** Avro `["null", T]`, default null: may be left out or null when sending. */
export function nullable<Out, In>(of: FieldType<Out, In>): OptionalField<Out | null, In | null> {
  return { kind: 'optional', of, default: null };
}

/** Required on the wire, but written with `value` when left out on sending. */
export function withDefault<Out, In>(
  of: FieldType<Out, In>,
  value: NoInfer<In>,
): OptionalField<Out, In> {
  return { kind: 'optional', of, default: value };
}

/** An Avro record. The same name twice in one event must mean the same fields. */
export function record<F extends Fields>(
  name: string,
  fields: F,
): RecordType<OutputOf<F>, InputOf<F>> {
  // What the compiler cannot know of fields in general: they are those of their own types.
  return { kind: 'record', name, fields: fields as never };
}

/** A field type of your own over a primitive Avro type. */
export function custom<Out, In = Out>(
  name: string,
  base: PrimitiveKind,
  convert: { toWire: (value: In) => unknown; fromWire: (value: never) => Out },
): CustomType<Out, In> {
  return { kind: 'custom', name, base, ...convert };
}

export const unsupported = (pythonType: string): UnsupportedType => ({
  kind: 'unsupported',
  pythonType,
});
