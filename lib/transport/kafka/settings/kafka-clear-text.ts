import { hostIn, warnOfClearText } from '../../common/clear-text.js';
import type { TransportHost } from '../../wire-format.interface.js';
import type { KafkaSettings } from './kafka-settings.js';
import type { SchemaRegistrySettings } from '../registry/registry-options.js';

const KEY_AND_SECRET = 'EVENT_BUS_KAFKA_API_KEY and EVENT_BUS_KAFKA_API_SECRET';

/** Warns of credentials of the brokers and of the registry that go beyond this machine without TLS. */
export function warnOfClearCredentials(
  { sasl, ssl, brokers }: Pick<KafkaSettings, 'sasl' | 'ssl' | 'brokers'>,
  {
    authorization,
    askAuthorization,
    urls,
  }: Pick<SchemaRegistrySettings, 'authorization' | 'askAuthorization' | 'urls'>,
  { bus, logger }: Pick<TransportHost, 'bus' | 'logger'>,
): void {
  if (sasl && !ssl.reveal())
    warnOfClearText(bus, logger, {
      what: `What we log on to Kafka with (${KEY_AND_SECRET} or the option sasl: ${sasl.reveal().mechanism})`,
      hosts: brokers.map(hostIn),
      remedy: 'use the option ssl',
    });
  if (authorization ?? askAuthorization)
    warnOfClearText(bus, logger, {
      what: 'The key of the schema registry (EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL, …_API_KEY or the option schemaRegistry)',
      hosts: urls.filter((url) => url.startsWith('http:')).map((url) => new URL(url).hostname),
      remedy: 'use https://',
    });
}
