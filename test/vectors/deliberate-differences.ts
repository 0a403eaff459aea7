/** What we do where a recorded edge case of the reference is not ours, and why. */
export interface Difference {
  readonly why: string;
  /** We refuse: a pattern of the message, which names the path and the rule. */
  readonly refused?: RegExp;
  /** We write these bytes. */
  readonly bytes?: string;
}

const WRONG_TYPE =
  'A value of the wrong type is refused with its path instead of being turned into another value.';
const MORE_THAN_ONE_VALUE =
  'A body is one whole value: what follows it was written with another layout or is garbage.';
const SAME_NAME =
  'One name for two records shares the first layout: the second then fails at the first event or is misread.';

/**
 * Every edge vector that is not as the reference. Besides, for all events: what is on the wire is
 * what a handler gets, where the reference drops values that are false, 0 or empty
 * (python-falsy-values.ts).
 */
export const deliberateDifferences: Readonly<Record<string, Difference>> = {
  'encode.default_class_left_out': {
    why: 'The default in the reference is the class dict itself, a slip that nothing can write; ours is the empty map.',
    bytes: '30636f757273652d76313a6564582b44656d6f582b323032340270010100000000',
  },
  'encode.raw_missing_factory_default': {
    why: 'A field with a default in Python may be left out, whatever way the data came; it is written with the default.',
    bytes: '02010275026500',
  },
  'encode.synthetic_bytes': {
    why: 'The reference has an Avro type for bytes but no way to write them; ours writes plain Avro.',
    bytes: '0400ff',
  },
  'encode.double_from_string': {
    why: WRONG_TYPE,
    refused: /grade\.percent_grade: expected number, got string/,
  },
  'encode.raw_float_for_long': { why: WRONG_TYPE, refused: /user\.id: not an integer/ },
  'encode.raw_long_for_bool': {
    why: WRONG_TYPE,
    refused: /user\.is_active: expected boolean, got number/,
  },
  'encode.raw_none_for_bool': {
    why: WRONG_TYPE,
    refused: /user\.is_active: expected boolean, got null/,
  },
  'encode.raw_invalid_key_not_checked': {
    why: 'A malformed key would poison every Python consumer of the topic.',
    refused: /course\.course_key: not a valid course key/,
  },
  'decode.all_zero': { why: MORE_THAN_ONE_VALUE, refused: /bytes follow the end of the event/ },
  'decode.trailing_bytes': {
    why: MORE_THAN_ONE_VALUE,
    refused: /bytes follow the end of the event/,
  },
  'decode.long_eleven_bytes': {
    why: 'An integer of more than 64 bits has no value; the reference drops its high bits.',
    refused: /user\.id: an integer of more than 64 bits/,
  },
  'schema.same_name_records': {
    why: SAME_NAME,
    refused: /second: another record is named Point/,
  },
};
