import { LONGEST_TIMER_MS } from '../../../common/waiting.js';
import type { ConfigurationProblem } from '../../../errors/index.js';
import { shownValue } from '../../../errors/outside-text.js';
import { quietProvider } from '../../common/credentials-provider.js';
import { Hidden } from '../../../common/hidden.js';

const NAME = 'EVENT_BUS_KAFKA_SCHEMA_REGISTRY';
const OPTION = 'kafkaTransport schemaRegistry';
/** Problems that are told of one list of addresses. */
const MOST_REFUSED = 10;
/**
 * Options win over settings. Adds every problem to `problems`, without secrets, and then returns
 * settings that must not be used.
 */
export function registrySettings(
  options: SchemaRegistryOptions,
  setting: (name: string) => unknown,
  problems: ConfigurationProblem[],
): SchemaRegistrySettings {
  const text = (option: 'apiKey' | 'apiSecret', name: string): string => {
    const value = options[option] ?? setting(name) ?? '';
    if (typeof value === 'string') return value;
    const from = options[option] === undefined ? name : `${OPTION}.${option}`;
    problems.push({ setting: from, found: typeof value, allowed: 'a string' });
    return '';
  };
  const apiKey = text('apiKey', `${NAME}_API_KEY`);
  const apiSecret = text('apiSecret', `${NAME}_API_SECRET`);
  const { urls, credentials } = addresses(options, setting, problems);
  const given = apiKey || apiSecret ? `${apiKey}:${apiSecret}` : undefined;
  if (given !== undefined && credentials !== undefined)
    problems.push({
      setting: options.url === undefined ? `${NAME}_URL` : `${OPTION}.url`,
      found: 'credentials, although an API key or secret is set as well',
      allowed: 'credentials either in the URL or as API key and secret, not both',
    });
  const user = given ?? credentials;
  const { credentialsProvider } = options;
  if (credentialsProvider !== undefined && typeof credentialsProvider !== 'function')
    problems.push({
      setting: `${OPTION}.credentialsProvider`,
      found: typeof credentialsProvider,
      allowed: 'a function',
    });
  const {
    requestTimeoutMs = 5_000,
    maxAnswerBytes = 4 * 1_024 * 1_024,
    missingSubjectTimeoutMs = 600_000,
    autoRegister = true,
  } = options;
  if (!(Number.isSafeInteger(maxAnswerBytes) && maxAnswerBytes >= 1))
    problems.push({
      setting: `${OPTION}.maxAnswerBytes`,
      found: shownValue('maxAnswerBytes', maxAnswerBytes),
      allowed: 'an integer >= 1',
    });
  if (!(
    typeof requestTimeoutMs === 'number' &&
    requestTimeoutMs >= 1 &&
    requestTimeoutMs <= LONGEST_TIMER_MS
  ))
    problems.push({
      setting: `${OPTION}.requestTimeoutMs`,
      found: shownValue('requestTimeoutMs', requestTimeoutMs),
      allowed: 'a number >= 1',
    });
  if (!(
    typeof missingSubjectTimeoutMs === 'number' &&
    missingSubjectTimeoutMs >= 0 &&
    missingSubjectTimeoutMs <= LONGEST_TIMER_MS
  ))
    problems.push({
      setting: `${OPTION}.missingSubjectTimeoutMs`,
      found: shownValue('missingSubjectTimeoutMs', missingSubjectTimeoutMs),
      allowed: 'a number >= 0',
    });
  if (typeof autoRegister !== 'boolean')
    problems.push({
      setting: `${OPTION}.autoRegister`,
      found: shownValue('autoRegister', autoRegister),
      allowed: 'true or false',
    });
  if (options.fetch !== undefined && typeof options.fetch !== 'function')
    problems.push({
      setting: `${OPTION}.fetch`,
      found: typeof options.fetch,
      allowed: 'a function',
    });
  return {
    urls,
    authorization: user ? new Hidden(basic(user)) : undefined,
    askAuthorization:
      credentialsProvider &&
      quietProvider(credentialsProvider, {
        option: 'credentialsProvider',
        read: authorizationOf,
        wanted: '{ apiKey, apiSecret } or { token }',
      }),
    autoRegister,
    requestTimeoutMs,
    maxAnswerBytes,
    missingSubjectTimeoutMs,
    readPatienceMs: 10_000,
    lookAgainMs: 15_000,
    confirmAfterMs: 500,
    firstDelayMs: 100,
    longestDelayMs: 2_000,
    fetch: options.fetch ?? fetch,
  };
}

function authorizationOf(given: object): string | undefined {
  const { apiKey, apiSecret, token } = given as Partial<Record<string, unknown>>;
  if (typeof token === 'string' && token !== '') return `Bearer ${token}`;
  if (typeof apiKey !== 'string' || typeof apiSecret !== 'string') return undefined;
  return basic(`${apiKey}:${apiSecret}`);
}

function basic(user: string): string {
  return `Basic ${Buffer.from(user).toString('base64')}`;
}

interface Addresses {
  readonly urls: string[];
  readonly credentials: string | undefined;
}

function addresses(
  options: SchemaRegistryOptions,
  setting: (name: string) => unknown,
  problems: ConfigurationProblem[],
): Addresses {
  const from = options.url === undefined ? `${NAME}_URL` : `${OPTION}.url`;
  const refuse = (found: string): void => {
    problems.push({
      setting: from,
      found,
      allowed:
        'one or more http:// or https:// URLs without a query, with the same credentials; every character of user and password that is not a letter or digit must be percent-encoded',
    });
  };
  const value = options.url ?? setting(`${NAME}_URL`);
  const texts = Array.isArray(value) ? value : typeof value === 'string' ? value.split(',') : [];
  if (!Array.isArray(value) && typeof value !== 'string' && (value ?? undefined) !== undefined)
    refuse(typeof value);
  else if (!texts.some((text) => typeof text === 'string' && text.trim())) refuse('not set');
  let refused = 0;
  const urls: string[] = [];
  const credentials = new Set<string>();
  for (const [index, text] of texts.entries()) {
    if (typeof text === 'string' && !text.trim()) continue;
    const url = typeof text === 'string' ? parsed(text.trim()) : undefined;
    // What cannot be parsed may hold a password, so it is not shown.
    if (url === undefined) {
      refuse(`an invalid URL (number ${index + 1} of the list)`);
      if (++refused === MOST_REFUSED) break;
    } else {
      urls.push(url.origin + withoutLastSlashes(url.pathname));
      if (url.username || url.password)
        credentials.add(`${decoded(url.username)}:${decoded(url.password)}`);
    }
  }
  if (credentials.size > 1) refuse('URLs with different credentials');
  return { urls, credentials: [...credentials][0] };
}

function withoutLastSlashes(path: string): string {
  let end = path.length;
  while (path[end - 1] === '/') end--;
  return path.slice(0, end);
}

function parsed(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const fits = /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '';
  return fits ? url : undefined;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export type Fetch = NonNullable<SchemaRegistryOptions['fetch']>;

/** User and password for basic authentication, or a bearer token. */
export type SchemaRegistryCredentials =
  { readonly apiKey: string; readonly apiSecret: string } | { readonly token: string };

/** Where the schema registry is, and how it is used. Every option may be left out but for an address. */
export interface SchemaRegistryOptions {
  /**
   * Base URL of a Confluent-compatible schema registry, or several URLs of the same one, as an array or separated
   * by commas: if one does not answer, the next one is used. Default: EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL.
   */
  readonly url?: string | readonly string[] | undefined;
  /** User for basic authentication. Default: EVENT_BUS_KAFKA_SCHEMA_REGISTRY_API_KEY. */
  readonly apiKey?: string | undefined;
  /** Password for basic authentication. Default: EVENT_BUS_KAFKA_SCHEMA_REGISTRY_API_SECRET. */
  readonly apiSecret?: string | undefined;
  /** Called for key and secret, or a token, before each request: for short-lived or rotated credentials. */
  readonly credentialsProvider?:
    (() => SchemaRegistryCredentials | Promise<SchemaRegistryCredentials>) | undefined;
  /**
   * Whether schemas are registered when they are first used, as Python does. `false`: they
   * must be registered already, and the credentials need no right to write. Default: true.
   */
  readonly autoRegister?: boolean | undefined;
  /** How long one request may take, in ms. Default: 5,000. The next address is asked then, or the request repeated. */
  readonly requestTimeoutMs?: number | undefined;
  /**
   * Bytes that a response may have once it is decompressed. A record whose schema is in a larger one is
   * unusable. Default: 4,194,304 (4 MiB).
   */
  readonly maxAnswerBytes?: number | undefined;
  /**
   * How long a record waits, in ms, where the registry has neither its schema id nor its subject, as after the registry
   * lost its data: meanwhile consuming of its partition pauses. Afterwards the record is unusable. 0: at once. Default:
   * 600,000 (10 minutes).
   */
  readonly missingSubjectTimeoutMs?: number | undefined;
  /** Sends the requests, for a proxy or own certificates. Default: the `fetch` of Node. */
  readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
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
