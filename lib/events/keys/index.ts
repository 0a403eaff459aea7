declare const BRAND: unique symbol;

/** A string that was checked to be a key of the kind named. */
export type OpaqueKey<Kind extends string> = string & { readonly [BRAND]: Kind };
export type CourseKey = OpaqueKey<'CourseKey'>;
export type UsageKey = OpaqueKey<'UsageKey'>;
export type CcxKey = OpaqueKey<'CcxKey'>;
export type LibraryKey = OpaqueKey<'LibraryKey'>;
export type LibraryUsageKey = OpaqueKey<'LibraryUsageKey'>;
export type LibraryCollectionKey = OpaqueKey<'LibraryCollectionKey'>;
export type LibraryContainerKey = OpaqueKey<'LibraryContainerKey'>;
