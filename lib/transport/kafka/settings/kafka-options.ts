import { anyOf } from '../../../common/names.js';
import type { ConnectionOptions } from 'node:tls';
import type { KafkaPartitioner } from '../partitioner.js';
import type { SchemaRegistryOptions } from '../registry/registry-settings.js';
import type { ConfigurationProblem } from '../../../errors/index.js';
import { shownValue } from '../../../errors/outside-text.js';

/** User and password of a connection, as `credentialsProvider` gives them. */
export interface KafkaCredentials {
  /** User of the mechanism `sasl` names. */
  readonly username: string;
  /** Its password. No log line or error shows it. */
  readonly password: string;
}

/** How to authenticate at Kafka: PLAIN or SCRAM with a password, or OAUTHBEARER with tokens. */
export type KafkaSasl =
  | {
      readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
      readonly username: string;
      readonly password: string;
    }
  | {
      readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
      /** Called for user and password whenever a connection authenticates: for short-lived or rotated credentials. */
      readonly credentialsProvider: () => KafkaCredentials | Promise<KafkaCredentials>;
    }
  | {
      readonly mechanism: 'oauthbearer';
      /** Called for a token whenever a connection authenticates. */
      readonly oauthBearerProvider: () => Promise<{ value: string }>;
    };

/** How the batches that a producer sends are compressed. */
export type KafkaCompression = 'none' | 'gzip' | 'lz4' | 'snappy' | 'zstd';

/** Options of `kafkaTransport`. Every option may be left out. */
export interface KafkaTransportOptions {
  /** `host:port` of one or more brokers. Default: EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS, separated by commas. */
  readonly brokers?: readonly string[] | undefined;
  /**
   * Default: PLAIN with EVENT_BUS_KAFKA_API_KEY and EVENT_BUS_KAFKA_API_SECRET where both are set, and
   * then over TLS, as in Python. Otherwise no authentication.
   */
  readonly sasl?: KafkaSasl | undefined;
  /**
   * `true` for TLS with the authorities of the system, or options of `tls.connect` such as `ca`, `cert`, `key`. Default:
   * no TLS, except with EVENT_BUS_KAFKA_API_KEY.
   */
  readonly ssl?: boolean | ConnectionOptions | undefined;
  /** What the broker calls the client in its logs and quotas. Default: the service name, else `openedx-event-bus`. */
  readonly clientId?: string | undefined;
  /** Which partition a key gets. Default: `librdkafka`, as the Python services. */
  readonly partitioner?: KafkaPartitioner | undefined;
  /**
   * How sent records are compressed. `gzip` is built in, `zstd` from Node 22.15 on. `snappy` needs the package
   * `kafkajs-snappy`, `lz4` one of `kafkajs-lz4` and `lz4-napi`, `zstd` on an older Node `@mongodb-js/zstd`,
   * or a codec registered in the `CompressionCodecs` of kafkajs. Reading records that others compressed needs the
   * same packages. Default: `none`.
   */
  readonly compression?: KafkaCompression | undefined;
  /**
   * How long a record may wait to be sent together with others, in ms. Default: 0: records sent in one turn of the
   * event loop form one request, and those sent during that request form the next one.
   */
  readonly lingerMs?: number | undefined;
  /** The largest size of one request; a record that is larger is sent alone. */
  readonly batchSize?:
    | {
        /** Default: 1,000. */
        readonly records?: number | undefined;
        /**
         * Size before compression; at most `message.max.bytes` of the broker. A request that the broker rejects as
         * too large is split and sent again. Default: 900,000.
         */
        readonly bytes?: number | undefined;
      }
    | undefined;
  /**
   * Requests in flight at the same time, each with its own producer and connections; records of the same
   * topic and key stay in order. Default: 1.
   */
  readonly maxInFlight?: number | undefined;
  /**
   * Whether the broker recognizes a request that is repeated because its answer was lost. `false`: a repeated
   * request may store its records twice, and the user does not need the permission IdempotentWrite. In both cases a
   * record is confirmed when all in-sync replicas have it. Default: true.
   */
  readonly idempotent?: boolean | undefined;
  /** Seconds without a heartbeat after which the group takes a member for dead. Default: 30. */
  readonly sessionTimeout?: number | undefined;
  /**
   * Largest decompressed size of a batch that is read, and of all batches of one fetch together, in bytes; at least
   * 1,000,000. Records of larger batches are lost: see `onFailure`. It limits the memory of the process, because
   * `max.message.bytes` of the broker limits only the compressed size. Default: 134,217,728 (128 MiB).
   */
  readonly maxDecompressedBytes?: number | undefined;
  /** Whether the broker may create topics that do not exist, if its own settings allow it. Default: true. */
  readonly allowAutoTopicCreation?: boolean | undefined;
  /**
   * Whether open dead letters are counted, for the metric `openedx.event_bus.dead_letters.open`. Kafka cannot count them: each
   * process reads its topics of dead letters once from their beginning, and then what is added. It keeps one bit in memory for
   * each letter that the broker keeps. Default: false.
   */
  readonly countDeadLetters?: boolean | undefined;
  /** Where the schema registry is, and how it is used. Default: as the EVENT_BUS_KAFKA_SCHEMA_REGISTRY settings say. */
  readonly schemaRegistry?: SchemaRegistryOptions | undefined;
  /** Further options of the kafkajs clients. Options that the transport manages must not be among them. */
  readonly kafkajs?:
    | {
        readonly client?: object | undefined;
        readonly producer?: object | undefined;
        readonly consumer?: object | undefined;
      }
    | undefined;
  /** The kafkajs to use, for example `import * as kafkajs from 'kafkajs'`. Default: the installed one. */
  readonly client?: { readonly Kafka: new (...args: never[]) => object } | undefined;
}

type Values = Readonly<Record<string, unknown>>;

interface Range {
  readonly min: number;
  readonly max: number;
  readonly whole?: boolean;
}

/** Reads options, and keeps a problem for each that cannot be; the values of texts are never shown. */
export class OptionReader {
  readonly values: Values;

  /** `name` is what the options are called in a problem. */
  constructor(
    private readonly name: string,
    values: object,
    private readonly problems: ConfigurationProblem[],
  ) {
    this.values = values as Values;
  }

  has(option: string): boolean {
    return this.values[option] !== undefined;
  }

  /** The options in an option, which may be left out. */
  inside(option: string): OptionReader {
    const value = this.values[option] ?? {};
    if (typeof value !== 'object') this.refuse(option, typeof value, 'an object');
    const inner = typeof value === 'object' ? value : {};
    const separator = this.name.includes(' ') ? '.' : ' ';
    return new OptionReader(`${this.name}${separator}${option}`, inner, this.problems);
  }

  /** The first one allowed where the option is left out and not required. */
  oneOf<T extends string>(option: string, allowed: readonly T[], isRequired = false): T {
    const value = this.values[option] ?? (isRequired ? undefined : allowed[0]);
    if (allowed.includes(value as T)) return value as T;
    this.refuse(option, shownValue(option, value), anyOf(allowed));
    return allowed[0]!;
  }

  number(option: string, fallback: number, { min, max, whole = false }: Range): number {
    const value = this.values[option] ?? fallback;
    const fits = typeof value === 'number' && value >= min && value <= max;
    if (fits && (!whole || Number.isInteger(value))) return value;
    const kind = whole ? 'an integer' : 'a number';
    this.refuse(option, shownValue(option, value), `${kind} from ${min} to ${max}`);
    return fallback;
  }

  boolean(option: string, fallback: boolean): boolean {
    const value = this.values[option] ?? fallback;
    if (typeof value === 'boolean') return value;
    this.refuse(option, shownValue(option, value), 'true or false');
    return fallback;
  }

  /** Required. */
  function(option: string): () => unknown {
    const value = this.values[option];
    if (typeof value !== 'function') this.refuse(option, typeof value, 'a function');
    return value as () => unknown;
  }

  /** Required where there is no fallback. */
  text(option: string, fallback?: string): string {
    const value = this.values[option] ?? fallback;
    if (typeof value === 'string' && value !== '') return value;
    this.refuse(option, value === '' ? 'an empty string' : typeof value, 'a non-empty string');
    return '';
  }

  refuse(option: string, found: string, allowed: string): void {
    const separator = this.name.includes(' ') ? '.' : ' ';
    this.problems.push({ setting: `${this.name}${separator}${option}`, found, allowed });
  }
}
