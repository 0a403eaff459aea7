import { outsideText, shownUrl } from '../../../errors/outside-text.js';
import { tellValues } from '../../common/resolved-values.js';
import type { TransportHost } from '../../wire-format.interface.js';
import type { SchemaRegistrySettings } from '../registry/registry-settings.js';
import type { KafkaTransportOptions } from './kafka-options.js';
import type { KafkaSettings } from './kafka-settings.js';

/** Tells the host what the transport works with, under the names and in the units of its options. */
export function tellKafkaValues(
  options: KafkaTransportOptions,
  settings: KafkaSettings,
  registry: SchemaRegistrySettings,
  host: Pick<TransportHost, 'onResolved' | 'setting'>,
): void {
  const { publishing, sasl } = settings;
  const ssl = settings.ssl.reveal();
  const logsOn = registry.authorization ?? registry.askAuthorization;
  tellValues(
    'kafkaTransport',
    options,
    [
      {
        option: 'brokers',
        setting: 'EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS',
        value: settings.brokers,
        shown: outsideText(settings.brokers.join(', ')),
      },
      { option: 'clientId', value: settings.clientId },
      {
        option: 'sasl',
        setting: 'EVENT_BUS_KAFKA_API_KEY',
        value: undefined,
        shown: sasl && `${sasl.reveal().mechanism}, *** (hidden)`,
      },
      {
        option: 'ssl',
        value: ssl,
        shown: typeof ssl === 'boolean' ? String(ssl) : 'options of TLS',
      },
      { option: 'partitioner', value: settings.partitioner },
      { option: 'compression', value: settings.compression },
      { option: 'idempotent', value: settings.idempotent },
      { option: 'lingerMs', value: publishing.lingerMs },
      { option: 'batchSize.records', value: publishing.batchRecords },
      { option: 'batchSize.bytes', value: publishing.batchBytes },
      { option: 'maxInFlight', value: publishing.maxInFlight },
      { option: 'sessionTimeout', value: settings.sessionTimeoutMs / 1_000 },
      { option: 'maxDecompressedBytes', value: settings.maxDecompressedBytes },
      { option: 'allowAutoTopicCreation', value: settings.allowAutoTopicCreation },
      {
        option: 'schemaRegistry.url',
        setting: 'EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL',
        value: registry.urls,
        shown: registry.urls.map((url) => shownUrl(url) ?? '*** (hidden)').join(', '),
      },
      {
        option: 'schemaRegistry.apiKey',
        setting: 'EVENT_BUS_KAFKA_SCHEMA_REGISTRY_API_KEY',
        value: undefined,
        shown: logsOn && '*** (hidden)',
      },
      { option: 'schemaRegistry.autoRegister', value: registry.autoRegister },
      { option: 'schemaRegistry.requestTimeoutMs', value: registry.requestTimeoutMs },
      { option: 'schemaRegistry.maxAnswerBytes', value: registry.maxAnswerBytes },
      { option: 'schemaRegistry.missingSubjectTimeoutMs', value: registry.missingSubjectTimeoutMs },
    ],
    host,
  );
}
