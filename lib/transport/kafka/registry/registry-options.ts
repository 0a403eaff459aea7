import type { Hidden } from '../../../common/hidden.js';

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** User and password of the basic authentication, or a bearer token. */
export type SchemaRegistryCredentials =
  { readonly apiKey: string; readonly apiSecret: string } | { readonly token: string };

export interface SchemaRegistryOptions {
  /**
   * Base URL of a registry with Confluent's API, or several of the same one, as a list or separated
   * by commas: when one does not answer, the next one is asked. Default:
   * EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL.
   */
  readonly url?: string | readonly string[] | undefined;
  /** User of the basic authentication. Default: EVENT_BUS_KAFKA_SCHEMA_REGISTRY_API_KEY. */
  readonly apiKey?: string | undefined;
  /** Password of the basic authentication. Default: EVENT_BUS_KAFKA_SCHEMA_REGISTRY_API_SECRET. */
  readonly apiSecret?: string | undefined;
  /** Asked for key and secret, or a token, before each request: those of short life, or that are rotated. */
  readonly credentialsProvider?:
    (() => SchemaRegistryCredentials | Promise<SchemaRegistryCredentials>) | undefined;
  /**
   * Whether schemas are registered when they are first used, as the reference does. `false`: they
   * must be there already, and our credentials need no right to write. Default: true.
   */
  readonly autoRegister?: boolean | undefined;
  /** How long one request may take, in ms. Default: 5,000. */
  readonly requestTimeoutMs?: number | undefined;
  /**
   * How many bytes an answer may have once it is decompressed. A record whose schema is in a larger one is
   * unusable. Default: 4,194,304.
   */
  readonly maxAnswerBytes?: number | undefined;
  /**
   * How long a record waits, in ms, whose schema id and subject the registry both lacks, as one does that came back
   * empty: consuming pauses meanwhile and settles nothing. Afterwards the record is unusable. 0: at once. Default:
   * 600,000.
   */
  readonly missingSubjectTimeoutMs?: number | undefined;
  /** Sends the requests, for a proxy or own certificates. Default: the `fetch` of Node. */
  readonly fetch?: Fetch | undefined;
}

/** Settings of the registry client: merged, checked, complete. Times are in ms. */
export interface SchemaRegistrySettings {
  /** Without credentials and trailing slash; at least one. */
  readonly urls: readonly string[];
  /** The value of the `Authorization` header. */
  readonly authorization: Hidden<string> | undefined;
  /** Gives the value for each request, in place of `authorization`. Rejects with CredentialsError. */
  readonly askAuthorization: (() => Promise<string>) | undefined;
  readonly autoRegister: boolean;
  readonly requestTimeoutMs: number;
  readonly maxAnswerBytes: number;
  /** How long reading a record may wait for its schema before that is a service fault. */
  readonly readPatienceMs: number;
  readonly missingSubjectTimeoutMs: number;
  /** After so long what is used is looked up again, in the background. */
  readonly lookAgainMs: number;
  /** Between two questions for an id that the registry does not have. */
  readonly confirmAfterMs: number;
  /** The first delay after every URL failed; doubled each time, up to the longest. */
  readonly firstDelayMs: number;
  readonly longestDelayMs: number;
  readonly fetch: Fetch;
}
