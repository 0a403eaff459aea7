const HEAD = 5;
const MAGIC = 0;
const GUID_MAGIC = 1;

/** Bytes in Confluent's framing: a zero, the schema id in four bytes, the Avro body. */
export function frame(schemaId: number, body: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(HEAD + body.length);
  framed[0] = MAGIC;
  framed.writeUInt32BE(schemaId, 1);
  framed.set(body, HEAD);
  return framed;
}

export interface Framed {
  readonly schemaId: number;
  /** The same memory as the framed bytes. */
  readonly body: Uint8Array;
}

/** What is in the frame, or why it is none. */
export function unframe(bytes: Uint8Array): Framed | string {
  if (bytes.length === 0) return 'the value is empty';
  if (bytes[0] === GUID_MAGIC)
    return 'the value names its schema by a GUID, which is not supported';
  if (bytes[0] !== MAGIC)
    return 'the value is not in Confluent wire format (it does not start with a zero byte)';
  if (bytes.length < HEAD)
    return `the value is truncated: ${bytes.length} of ${HEAD} bytes of the Confluent header`;
  const schemaId = bytes[1]! * 2 ** 24 + ((bytes[2]! << 16) | (bytes[3]! << 8) | bytes[4]!);
  return { schemaId, body: bytes.subarray(HEAD) };
}

/**
 * Subjects in the registry, as Python names them (its "topic record" strategy): the full
 * topic, a hyphen, and the full name of the record, or of the primitive type where it is a key.
 */
export function valueSubject(fullTopic: string, eventType: string): string {
  return `${fullTopic}-${valueSchemaName(eventType)}`;
}

/** The full name of the schema of an event. */
export function valueSchemaName(eventType: string): string {
  return `${eventType}.CloudEvent`;
}

/** All keys of one Avro type on a topic share a subject: the name of the field is not in it. */
export function keySubject(fullTopic: string, avroType: string): string {
  return `${fullTopic}-${avroType}`;
}
