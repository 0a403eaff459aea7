import { monotonicNow } from '../common/clocks.js';
import { codecFor } from '../codec/event-codec.js';
import {
  ServiceFaultError,
  UnserializableEventError,
  ConfigurationError,
} from '../errors/index.js';
import type { EventDefinition } from '../events/event-definition.js';
import { fullTopic } from '../transport/topic-prefix.js';
import type {
  SubjectComparison,
  TransportParts,
  TransportTraits,
} from '../transport/wire-format.interface.js';
import type { OpenedSchemas } from './cli-host.interface.js';
import { type CliIo, writeLine, StderrLogger } from './cli-io.js';
import { errorAnswer } from './error-answer.js';
import { UsageError } from './option-values.js';
import { platformTopicsOf, topicsOfRoutes } from '../consuming/handlers/handler-registry.js';
import type { EventBusSettings } from '../settings/event-bus-settings.js';

export interface SchemaCheck {
  readonly events: readonly EventDefinition[];
  /** Without prefix; undefined: the topics on which each event travels. */
  readonly topic: string | undefined;
  /** Without it events that cannot travel, or of which no topic is known, are passed over. */
  readonly each: boolean;
}

/**
 * Compares the schemas of events with what the registry has, and prints how each stands. Resolves to the
 * exit code: 1 when one is incompatible or refused. Rejects with ServiceFaultError when the registry
 * gives no answer, and with UsageError for an event that must be compared and has no topic.
 */
export async function checkSchemas(
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
        if (error instanceof ServiceFaultError) throw error;
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
