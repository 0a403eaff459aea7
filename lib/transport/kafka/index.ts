import { ConfigurationError, type ConfigurationProblem } from '../../errors/index.js';
import { unreadable } from '../../errors/thrown-values.js';
import type { TransportFactory, TransportHost, TransportParts } from '../wire-format.interface.js';
import { HealthBoard } from '../common/health-board.js';
import type { KafkaTransportOptions } from './settings/kafka-options.js';
import { tellKafkaValues } from './settings/kafka-values.js';
import { warnOfClearCredentials, kafkaSettings } from './settings/kafka-settings.js';
import { KafkaTransport } from './kafka-transport.js';
import { InstrumentedSending } from './kafkajs/instrumented-sending.js';
import { loadCodecs } from './kafkajs/compression/compression-codecs.js';
import { KafkajsClients, loadKafkajs } from './kafkajs/kafkajs-clients.js';
import { KafkajsDriver } from './kafkajs/kafkajs-driver.js';
import {
  KafkaEventSchemas,
  ContextKeepingWire,
  KafkaWireFormat,
} from './wire/kafka-wire-format.js';
import { registrySettings } from './registry/registry-settings.js';
import { SchemaRegistryClient } from './registry/schema-registry.js';

export type { KafkaPartitioner } from './partitioner.js';
export type {
  KafkaCompression,
  KafkaCredentials,
  KafkaSasl,
  KafkaTransportOptions,
} from './settings/kafka-options.js';
export type {
  SchemaRegistryCredentials,
  SchemaRegistryOptions,
} from './registry/registry-settings.js';

/**
 * The transport for Kafka with a schema registry, compatible byte for byte with edx-event-bus-kafka. Needs the
 * package `kafkajs`, which is loaded when a bus is created. The bus owns the connections that it opens.
 *
 * The returned factory throws ConfigurationError with every problem of options and settings,
 * and MissingPeerError if kafkajs or the codec of the configured compression is not installed.
 */
export function kafkaTransport(options: KafkaTransportOptions = {}): TransportFactory {
  const make = (host: TransportHost): Promise<TransportParts> =>
    open(options, host).catch((error: unknown) => {
      throw unreadable('kafkaTransport options', error);
    });
  return Object.assign(make, { transportName: 'kafka', brokerName: 'Kafka', writesKeys: true });
}

async function open(options: KafkaTransportOptions, host: TransportHost): Promise<TransportParts> {
  const { bus, setting, logger, serviceName, tracesRecords } = host;
  const problems: ConfigurationProblem[] = [];
  const { schemaRegistry = {} } = options;
  if (typeof schemaRegistry !== 'object')
    problems.push({
      setting: 'kafkaTransport schemaRegistry',
      found: typeof schemaRegistry,
      allowed: 'an object',
    });
  const registry = registrySettings(schemaRegistry ?? {}, setting, problems);
  const settings = withProblems(problems, () => kafkaSettings(options, setting, serviceName));
  tellKafkaValues(options, settings, registry, host);
  warnOfClearCredentials(settings, registry, { bus, logger });
  const kafkajs = await loadKafkajs(options.client);
  await loadCodecs(kafkajs, settings.compression);
  const clients = new KafkajsClients(kafkajs, settings, logger, tracesRecords);
  const client = new SchemaRegistryClient(registry, (line) => logger.warn(`[${bus}] ${line}`));
  const health = new HealthBoard('Kafka', bus, logger);
  const driver = new KafkajsDriver(clients);
  const wire = new KafkaWireFormat({ registry: client, serviceName });
  const detour = InstrumentedSending.find(clients);
  return {
    transport: new KafkaTransport(driver, settings, health, client, detour),
    wire: detour
      ? new ContextKeepingWire(wire, (record, context) => detour.keepContext(record, context))
      : wire,
    schemas: new KafkaEventSchemas(client),
  };
}

/** All problems in one error. */
function withProblems<T>(found: ConfigurationProblem[], settings: () => T): T {
  let made: T | undefined;
  try {
    made = settings();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    found.unshift(...error.problems);
  }
  if (found.length > 0 || made === undefined) throw new ConfigurationError(found);
  return made;
}
