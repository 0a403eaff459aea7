import { messageOf } from '../../../errors/foreign-error.js';
import { ServiceFaultError } from '../../../errors/index.js';
import { outsideText } from '../../../errors/outside-text.js';

/**
 * The registry refuses us or what answers is no registry: a service fault that a retry at once
 * would only repeat.
 */
export class RegistryAccessError extends ServiceFaultError {}

const SERVICE = (url: string): string => `Schema registry ${url}`;

export function unreachable(url: string, cause: unknown): ServiceFaultError {
  return new ServiceFaultError(SERVICE(url), `cannot be reached (${messageOf(cause)})`, { cause });
}

/** The application gave no credentials for the request. */
export function unauthorized(url: string, { message }: Error): ServiceFaultError {
  return new ServiceFaultError(SERVICE(url), message);
}

export function noAnswer(url: string, ms: number): ServiceFaultError {
  return new ServiceFaultError(SERVICE(url), `no answer within ${Math.round(ms)} ms`);
}

/** The fault that an answer is; undefined when the registry itself answered our question. */
export function faultIn(url: string, answer: RegistryAnswer): ServiceFaultError | undefined {
  const { status, code, message } = answer;
  const says = `HTTP ${status}${message ? `: ${message}` : ''}`;
  if (answer.isTooLarge && status < 300) return undefined;
  if (status === 401) return new RegistryAccessError(SERVICE(url), `wrong credentials (${says})`);
  if (status === 403) return new RegistryAccessError(SERVICE(url), `not allowed (${says})`);
  if (status === 408 || status === 429 || status >= 500)
    return new ServiceFaultError(SERVICE(url), `cannot answer now (${says})`);
  const own = status < 300 ? answer.body !== undefined : isOwnRefusal(status, code);
  if (!own)
    return new RegistryAccessError(SERVICE(url), `this is not the API of a registry (${says})`);
  return undefined;
}

/** A path that does not exist is told with error code 404, what a registry lacks with 404xx. */
function isOwnRefusal(status: number, code: number | undefined): boolean {
  return status >= 400 && code !== undefined && (status !== 404 || code >= 40_400);
}

/** What a URL answered. */
export interface RegistryAnswer {
  readonly status: number;
  /** The JSON object; undefined when the body is none. */
  readonly body: Readonly<Record<string, unknown>> | undefined;
  /** The registry's own error code and message, the message shortened to one line. */
  readonly code: number | undefined;
  readonly message: string;
  /** How long it asks us to wait, in ms. */
  readonly retryAfterMs: number | undefined;
  /** Whether it began as a JSON object and had more bytes than are read. */
  readonly isTooLarge: boolean;
}

/** `whole`: whether the text is all of the answer. */
export function answerOf(
  status: number,
  { text, whole }: { readonly text: string; readonly whole: boolean },
  retryAfter: string | null,
): RegistryAnswer {
  const body = whole ? objectIn(text) : undefined;
  const { error_code: code, message } = body ?? {};
  const seconds = Number(retryAfter ?? Number.NaN);
  return {
    status,
    body,
    code: typeof code === 'number' ? code : undefined,
    message: typeof message === 'string' ? outsideText(message) : '',
    retryAfterMs: seconds >= 0 ? seconds * 1_000 : undefined,
    isTooLarge: !whole && /^\s{0,100}\{/.test(text),
  };
}

function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

const MOST_KNOWN = 1_000;
const names = new Map<string, string | undefined>();

/** The full name of a schema; undefined for one without a namespace, which may be any event's, or that is no schema. */
export function schemaName(schema: string): string | undefined {
  if (names.has(schema)) return names.get(schema);
  const name = nameIn(schema);
  if (names.size >= MOST_KNOWN) names.clear();
  names.set(schema, name);
  return name;
}

function nameIn(schema: string): string | undefined {
  try {
    const { name, namespace } = JSON.parse(schema) as Record<string, unknown>;
    if (typeof name !== 'string') return undefined;
    if (name.includes('.')) return name;
    return typeof namespace === 'string' && namespace !== '' ? `${namespace}.${name}` : undefined;
  } catch {
    return undefined;
  }
}
