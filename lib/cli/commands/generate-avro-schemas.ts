import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { schemaOf, type AvroRecordSchema } from '../../codec/avro/avro-schema.js';
import {
  UnserializableEventError,
  ServiceUnavailableError,
  ConfigurationError,
} from '../../errors/index.js';
import type { EventDefinition } from '../../events/event-definition.js';
import { writeLine, StderrLogger, type CliIo } from '../cli-io.js';
import { type Command, UsageError, type OpenedSchemas } from '../command.js';
import { errorAnswer } from '../error-answer.js';
import { outsideText } from '../../errors/outside-text.js';
import { monotonicNow } from '../../common/clocks.js';
import { codecFor } from '../../codec/event-codec.js';
import { fullTopic } from '../../transport/topic-prefix.js';
import type {
  SubjectComparison,
  TransportParts,
  TransportTraits,
} from '../../transport/wire-format.interface.js';
import { platformTopicsOf, topicsOfRoutes } from '../../consuming/handlers/handler-registry.js';
import type { EventBusSettings } from '../../settings/event-bus-settings.js';

/**
 * Writes the `.avsc` files that Python's command of this name writes, byte for byte. With
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
async function secondOpinion(): Promise<SecondOpinion> {
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

export interface SchemaCheck {
  readonly events: readonly EventDefinition[];
  /** Without prefix; undefined: the topics on which each event travels. */
  readonly topic: string | undefined;
  /** Without it events that cannot travel, or of which no topic is known, are passed over. */
  readonly each: boolean;
}

/**
 * Compares the schemas of events with what the registry has, and prints how each stands. Resolves to the
 * exit code: 1 when one is incompatible or rejected. Rejects with ServiceUnavailableError when the registry
 * gives no answer, and with UsageError for an event that must be compared and has no topic.
 */
async function checkSchemas(
  { events, topic, each }: SchemaCheck,
  registry: OpenedSchemas,
  io: CliIo,
): Promise<number> {
  const logger = new StderrLogger(io.stderr);
  let exitCode = 0;
  for (const event of events) {
    const eventType = event.type;
    const topics = topic === undefined ? registry.topicsOf(eventType) : [topic];
    if (topics.length === 0 && each)
      throw new UsageError(`no topic of ${eventType} is known: give --topic`);
    if (topics.length === 0) logger.log(`Skipped: no topic of ${eventType} is known`);
    for (const place of topics) {
      io.signal.throwIfAborted();
      try {
        const { state, ...found } = await compare(event, place, registry);
        if (state === 'incompatible') exitCode = 1;
        await writeLine(io.stdout, { event_type: eventType, topic: place, state, ...found });
      } catch (error) {
        if (error instanceof ServiceUnavailableError) throw error;
        if (!each && error instanceof UnserializableEventError) {
          logger.log(`Skipped: ${error.message}`);
          break;
        }
        exitCode = 1;
        await writeLine(io.stdout, errorAnswer(error, { eventType, topic: place }));
      }
    }
  }
  return exitCode;
}

async function compare(
  event: EventDefinition,
  topic: string,
  { schemas, topicPrefix, answerTimeoutMs }: OpenedSchemas,
): Promise<SubjectComparison> {
  const { schema } = codecFor(event);
  const deadline = monotonicNow() + answerTimeoutMs;
  return schemas.compare(event.type, fullTopic(topicPrefix, topic), schema, deadline);
}

/** Throws ConfigurationError for a transport whose records refer to no schema registry. */
export function openedSchemas(
  { schemas }: TransportParts,
  { topicPrefix, producerConfig, connectTimeoutMs }: EventBusSettings,
  { transportName }: TransportTraits,
): OpenedSchemas {
  if (!schemas)
    throw new ConfigurationError([
      {
        setting: 'transport (EVENT_BUS_TRANSPORT)',
        found: `${transportName}, which has no schema registry`,
        allowed: 'kafka',
      },
    ]);
  const routed = topicsOfRoutes(producerConfig);
  return {
    schemas,
    topicPrefix,
    answerTimeoutMs: connectTimeoutMs,
    topicsOf: (type) => {
      const topics = routed(type);
      return topics.length > 0 ? topics : platformTopicsOf(type);
    },
  };
}
