import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { schemaOf, type AvroRecordSchema } from '../../codec/avro/avro-schema.js';
import { UnserializableEventError } from '../../errors/index.js';
import type { EventDefinition } from '../../events/event-definition.js';
import { checkSchemas } from '../check-schemas.js';
import { writeLine, StderrLogger } from '../cli-io.js';
import { type Command, UsageError } from '../option-values.js';
import { errorAnswer } from '../error-answer.js';
import { outsideText } from '../../errors/outside-text.js';

/**
 * Writes the `.avsc` files that the reference's command of this name writes, byte for byte. With
 * `--check` it writes none, but compares the schemas with those in the registry. Warns on stderr of a schema
 * that another implementation of Avro does not take.
 */
export const generateAvroSchemas: Command = {
  name: 'generate-avro-schemas',
  usage: 'generate-avro-schemas [--type T] [--out DIR | --check [--topic TOPIC]]',
  summary:
    'The Avro schemas of all events, or of one: to files in DIR, else as lines; --check: compared with the registry',
  options: {
    type: { type: 'string' },
    out: { type: 'string' },
    check: { type: 'boolean' },
    topic: { type: 'string' },
  },
  async run(values, io, host) {
    const logger = new StderrLogger(io.stderr);
    const catalog = await host.catalog();
    const { type, out, topic } = values as { type?: string; out?: string; topic?: string };
    const check = values['check'] === true;
    if (check ? out !== undefined : topic !== undefined)
      throw new UsageError('--out goes without --check, --topic with it');
    if (check) {
      const events = type === undefined ? [...catalog.all()] : [catalog.require(type)];
      return checkSchemas({ events, topic, each: type !== undefined }, await host.schemas(), io);
    }
    const wanted = type === undefined ? catalog.all() : [type];
    if (out !== undefined) await mkdir(out, { recursive: true });
    const objection = await secondOpinion().catch(() => {
      logger.warn('The schemas were not tried with another implementation: avsc cannot be loaded');
      return () => undefined;
    });
    let exitCode = 0;
    for (const event of wanted) {
      try {
        const definition = typeof event === 'string' ? catalog.require(event) : event;
        const objected = objection(schemaOf(definition));
        if (objected !== undefined)
          logger.warn(`${definition.type}: avsc does not take the schema: ${objected}`);
        await writeLine(io.stdout, await generate(definition, out));
      } catch (error) {
        if (type === undefined && error instanceof UnserializableEventError) {
          logger.log(`Skipped: ${error.message}`);
          continue;
        }
        exitCode = 1;
        const eventType = typeof event === 'string' ? event : event.type;
        await writeLine(io.stdout, errorAnswer(error, { eventType }));
      }
    }
    return exitCode;
  },
};

async function generate(definition: EventDefinition, out: string | undefined): Promise<unknown> {
  const schema = schemaOf(definition);
  if (out === undefined) return { event_type: definition.type, schema };
  const file = join(out, `${definition.type.replaceAll('.', '+')}_schema.avsc`);
  await writeFile(file, ascii(JSON.stringify(schema, null, 2)));
  return { event_type: definition.type, file };
}

/** As Python's json.dumps, which escapes what is not ASCII. */
function ascii(json: string): string {
  return json.replace(
    /[^\0-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

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
