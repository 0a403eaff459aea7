import { UnusableRecordError } from '../../../errors/index.js';
import type { EventSchemas, SubjectComparison, WrittenBody } from '../../wire-format.interface.js';
import { unframe, valueSchemaName, valueSubject } from './confluent-frame.js';
import type { SchemaRegistryClient } from '../registry/schema-registry.js';

/** The registry as a tool asks it: by event and full topic. */
export class KafkaEventSchemas implements EventSchemas {
  constructor(private readonly registry: SchemaRegistryClient) {}

  async read(value: Uint8Array, eventType: string): Promise<WrittenBody> {
    const framed = unframe(value);
    if (typeof framed === 'string') throw new UnusableRecordError(framed, { eventType });
    const { schemaId, body } = framed;
    const subject = `…-${eventType}.CloudEvent`;
    const name = valueSchemaName(eventType);
    return {
      body,
      schemaId,
      writerSchema: await this.registry.schemaById(schemaId, subject, name),
    };
  }

  async compare(
    eventType: string,
    fullTopic: string,
    schema: string,
    deadline: number,
  ): Promise<SubjectComparison> {
    const subject = valueSubject(fullTopic, eventType);
    return { subject, ...(await this.registry.compare(subject, schema, deadline)) };
  }
}
