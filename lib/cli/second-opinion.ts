import type { AvroRecordSchema } from '../codec/avro/avro-schema.js';
import { outsideText } from '../errors/outside-text.js';

/** What another implementation of Avro has against a schema; undefined: nothing. */
export type SecondOpinion = (schema: AvroRecordSchema) => string | undefined;

/** That of avsc. Rejects where it cannot be loaded: it makes functions from strings, which a policy may forbid. */
export async function secondOpinion(): Promise<SecondOpinion> {
  const module = await import('avsc');
  // What compilers make of an import of CommonJS may lack it.
  const avsc = (module as Partial<typeof module>).default ?? module;
  return (schema) => {
    try {
      avsc.Type.forSchema(schema as Parameters<typeof avsc.Type.forSchema>[0]);
      return undefined;
    } catch (error) {
      return outsideText(String((error as Partial<Error>).message));
    }
  };
}
