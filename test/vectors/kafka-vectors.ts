import { negativeVectors, type NegativeVector } from './negative-vectors.js';
import { eventVectors } from './vector-files.js';

/** A recorded Kafka record, put on the topic by hand, and what the reference's consumer did with it. */
export interface KafkaVector extends NegativeVector {
  readonly headers: readonly { readonly name: string; readonly hex: string | null }[] | null;
  readonly key_hex: string | null;
  readonly value_hex: string | null;
  readonly schema_id_in_value: number;
  readonly schema_id_of_other_event: number;
  readonly committed?: boolean;
}

export const KAFKA_VECTORS = negativeVectors('kafka') as readonly KafkaVector[];
export const KAFKA_PAYLOADS = KAFKA_VECTORS.filter(({ situation }) => !situation);
export const GOOD_RECORD = KAFKA_PAYLOADS.find(({ name }) => name === 'good')!;

const schemaOf = (type: string): string =>
  eventVectors.find(({ event_type }) => event_type === type)!.value_registration.schema_by_id;

/** The schemas of the recorded registry that the records name, by their ids there. */
export const RECORDED_SCHEMAS: ReadonlyMap<number, string> = new Map([
  [
    GOOD_RECORD.schema_id_in_value,
    schemaOf('org.openedx.learning.auth.session.login.completed.v1'),
  ],
  [
    GOOD_RECORD.schema_id_of_other_event,
    schemaOf('org.openedx.content_authoring.course.created.v1'),
  ],
]);

export function bytesOf(hex: string | null): Buffer | null {
  return hex === null ? null : Buffer.from(hex, 'hex');
}
