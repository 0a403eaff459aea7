import type { ConnectionOptions } from 'node:tls';
import type { PartitionerName } from './partitioner/partitioner.js';
import type { SchemaRegistryOptions } from './registry/registry-options.js';

/** How to log on: PLAIN and SCRAM with a password, or OAUTHBEARER with tokens. */
export type KafkaSasl =
  | {
      readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
      readonly username: string;
      readonly password: string;
    }
  | {
      readonly mechanism: 'oauthbearer';
      /** Asked for a token whenever a connection logs on. */
      readonly oauthBearerProvider: () => Promise<{ value: string }>;
    };

export interface KafkaTransportOptions {
  /** `host:port` of some brokers. Default: EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS, separated by commas. */
  readonly brokers?: readonly string[];
  /**
   * Default: PLAIN with EVENT_BUS_KAFKA_API_KEY and EVENT_BUS_KAFKA_API_SECRET where both are set, and
   * then over TLS, as the reference.
   */
  readonly sasl?: KafkaSasl;
  /** `true` for TLS with the system's authorities, or options of `tls.connect` such as `ca`, `cert`, `key`. */
  readonly ssl?: boolean | ConnectionOptions;
  /** Default: the service name, else `openedx-event-bus`. */
  readonly clientId?: string;
  /** Which partition a key gets. Default: `librdkafka`, as the Python services. */
  readonly partitioner?: PartitionerName;
  /** Default: none. */
  readonly compression?: 'none' | 'gzip';
  /** Bytes of one produce request, at most the broker's `message.max.bytes`. Default: 900,000. */
  readonly maxRequestBytes?: number;
  /** Seconds without a sign of life after which the group takes a member for dead. Default: 30. */
  readonly sessionTimeout?: number;
  /** Whether topics that are not there are made by the broker, if it does so. Default: true. */
  readonly allowAutoTopicCreation?: boolean;
  readonly schemaRegistry?: SchemaRegistryOptions;
  /** Further options of the kafkajs clients; those that the transport relies on win over them. */
  readonly kafkajs?: {
    readonly client?: Readonly<Record<string, unknown>>;
    readonly producer?: Readonly<Record<string, unknown>>;
    readonly consumer?: Readonly<Record<string, unknown>>;
  };
  /** The kafkajs to use, for example `import * as kafkajs from 'kafkajs'`. Default: the installed one. */
  readonly client?: { readonly Kafka: new (...args: never[]) => object };
}
