/**
 * Subjects in the registry, as the reference names them (its "topic record" strategy): the full
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
