import { platformTopicsOf, topicsOfRoutes } from '../consuming/handlers/route-topics.js';
import { ConfigurationError } from '../errors/index.js';
import type { EventBusSettings } from '../settings/event-bus-settings.js';
import type { TransportParts } from '../transport/wire-format.interface.js';
import type { OpenedSchemas } from './cli-host.interface.js';

/** Throws ConfigurationError for a transport whose records refer to no schema registry. */
export function openedSchemas(
  { schemas }: TransportParts,
  { topicPrefix, producerConfig, connectTimeoutMs }: EventBusSettings,
  transportName: string,
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
