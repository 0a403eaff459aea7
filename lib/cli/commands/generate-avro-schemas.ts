import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { schemaOf, type AvroRecordSchema } from '../../codec/avro/avro-schema.js';
import {
  UnserializableEventError,
  ServiceUnavailableError,
  ConfigurationError,
  UnknownEventError,
} from '../../errors/index.js';
import type { EventDefinition } from '../../events/event-definition.js';
import type { CommandIo } from '../cli-io.js';
import { type Command, UsageError, type OpenedSchemas } from '../command.js';
import { failed } from '../error-answer.js';
import { type Answer, OutputClosedError } from '../output/answers.js';
import { eventTypeAdvice } from '../suggestions.js';
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
 * Writes the `.avsc` files that the Python command of this name writes, byte for byte. With
 * `--check` it writes none, but compares the schemas with those in the registry. Warns on stderr of a schema
 * that another implementation of Avro does not take.
 */
export const generateAvroSchemas: Command = {
  name: 'generate-avro-schemas',
  summary: 'Write the Avro schemas of events, or compare them with the schema registry',
  description:
    'Without --out the schemas are printed. With --check nothing is written, neither to files nor to the registry; ' +
    'the command prints for each event and topic whether its schema is registered, compatible, newSubject or incompatible.',
  options: [
    {
      flags: '--type <type>',
      description: 'only this event',
      default: 'all events',
      value: 'eventType',
    },
    {
      flags: '--out <directory>',
      description: 'write one .avsc file for each event, as the Python command does',
      default: 'print them',
      value: 'directory',
    },
    {
      flags: '--check',
      description: 'compare with the schema registry; needs the settings of Kafka',
      default: 'off',
    },
    {
      flags: '--topic <topic>',
      description: 'with --check: the topic to compare, without the environment prefix',
      default: 'the topics in EVENT_BUS_PRODUCER_CONFIG, otherwise the default topics of Open edX',
      value: 'topic',
    },
  ],
  examples: [
    { line: 'generate-avro-schemas --out schemas', does: 'one file for each event' },
    { line: 'generate-avro-schemas --check', does: 'before a release: is anything incompatible?' },
  ],
  async run(values, io, host) {
    const { type, out, topic } = values as { type?: string; out?: string; topic?: string };
    const check = values['check'] === true;
    if (check && out !== undefined) throw new UsageError('--out cannot be combined with --check.');
    if (!check && topic !== undefined) throw new UsageError('--topic requires --check.');
    const catalog = await host.catalog();
    if (type !== undefined && !catalog.get(type)) {
      const more = eventTypeAdvice(catalog)(type);
      await io.answers.write(failed(new UnknownEventError(type), { eventType: type }, more));
      return 1;
    }
    if (check) {
      const events = type === undefined ? [...catalog.all()] : [catalog.require(type)];
      return checkSchemas({ events, topic, each: type !== undefined }, await host.schemas(), io);
    }
    const wanted = type === undefined ? catalog.all() : [catalog.require(type)];
    if (out !== undefined) await mkdir(out, { recursive: true });
    const objection = await secondOpinion().catch(() => {
      io.logger.warn(
        'avsc cannot be loaded (Node may forbid code generation from strings), so the schemas are not checked with a ' +
          'second Avro implementation. They are the same without that check.',
      );
      return () => undefined;
    });
    const progress = io.progress({ unit: 'schemas', total: wanted.length });
    let exitCode = 0;
    try {
      for (const definition of wanted) {
        io.signal.throwIfAborted();
        const eventType = definition.type;
        try {
          const reason = objection(schemaOf(definition));
          if (reason !== undefined)
            io.logger.warn(
              `${eventType}: the schema is generated all the same, but avsc, a second Avro implementation, does not accept it: ${reason}`,
            );
          await io.answers.write(await generate(definition, out));
        } catch (error) {
          if (error instanceof OutputClosedError) throw error;
          if (type === undefined && error instanceof UnserializableEventError) {
            io.logger.hint(`Skipped: ${error.message}`);
            continue;
          }
          exitCode = 1;
          await io.answers.write(failed(error, { eventType }));
        } finally {
          progress.advance();
        }
      }
    } finally {
      progress.end();
    }
    return exitCode;
  },
};

async function generate(definition: EventDefinition, out: string | undefined): Promise<Answer> {
  const schema = schemaOf(definition);
  const { type } = definition;
  if (out === undefined)
    return {
      json: { event_type: type, schema },
      text: (style) => `${style.cyan(outsideText(type))}\n${JSON.stringify(schema, null, 2)}`,
    };
  const file = join(out, `${type.replaceAll('.', '+')}_schema.avsc`);
  await writeFile(file, ascii(JSON.stringify(schema, null, 2)));
  return {
    json: { event_type: type, file },
    text: (style) => `${style.green('written')}  ${outsideText(file, 1_000)}`,
  };
}

/** As Python's json.dumps, which escapes what is not ASCII. */
function ascii(json: string): string {
  return json.replace(
    /[^\0-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Why another implementation of Avro rejects a schema; undefined: it accepts it. */
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
  /** Without it events that cannot be sent, or of which no topic is known, are skipped. */
  readonly each: boolean;
}

/**
 * Compares the schemas of events with what the registry has, and prints the state of each. Resolves to the
 * exit code: 1 when one is incompatible or rejected. Rejects with ServiceUnavailableError when the registry
 * gives no answer, and with UsageError for an event that must be compared and has no topic.
 */
async function checkSchemas(
  { events, topic, each }: SchemaCheck,
  registry: OpenedSchemas,
  io: CommandIo,
): Promise<number> {
  const progress = io.progress({ unit: 'events', total: events.length });
  let exitCode = 0;
  try {
    for (const event of events) {
      const eventType = event.type;
      const topics = topic === undefined ? registry.topicsOf(eventType) : [topic];
      if (topics.length === 0 && each)
        throw new UsageError(`No topic is configured for ${eventType}: specify --topic.`);
      if (topics.length === 0)
        io.logger.hint(`Skipped: no topic of ${outsideText(eventType)} is known`);
      for (const one of topics) {
        io.signal.throwIfAborted();
        try {
          const { state, ...found } = await compare(event, one, registry);
          if (state === 'incompatible') exitCode = 1;
          await io.answers.write(comparison(eventType, one, { state, ...found }));
        } catch (error) {
          if (error instanceof ServiceUnavailableError || error instanceof OutputClosedError)
            throw error;
          if (!each && error instanceof UnserializableEventError) {
            io.logger.hint(`Skipped: ${error.message}`);
            break;
          }
          exitCode = 1;
          await io.answers.write(failed(error, { eventType, topic: one }));
        }
      }
      progress.advance();
    }
  } finally {
    progress.end();
  }
  return exitCode;
}

function comparison(
  eventType: string,
  topic: string,
  { state, ...found }: SubjectComparison,
): Answer {
  const { subject, id, reasons = [] } = found;
  return {
    json: { event_type: eventType, topic, state, ...found },
    text: (style) => {
      const shown = state === 'incompatible' ? style.red(state) : style.green(state);
      const why = reasons.map((reason) => `\n    ${outsideText(reason, 1_000)}`);
      const about = `subject=${outsideText(subject)}${id === undefined ? '' : ` id=${id}`}`;
      return `${shown}  ${style.cyan(outsideText(eventType))}  ${topic}  ${style.dim(about)}${why.join('')}`;
    },
  };
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
