import { BoundedMap } from '../../../common/bounded-map.js';
import { backoffDelay, timerMs } from '../../../common/waiting.js';
import { monotonicNow } from '../../../common/clocks.js';
import { clearTimeout, setTimeout } from 'node:timers';
import { ClosedError, ServiceUnavailableError } from '../../../errors/index.js';
import { CredentialsError } from '../../common/credentials-provider.js';
import type { SchemaRegistrySettings } from './registry-settings.js';
import { messageOf } from '../../../errors/foreign-error.js';
import { outsideText } from '../../../errors/outside-text.js';

/**
 * The registry rejects us or what answers is no registry: a service fault that a retry at once
 * would only repeat.
 */
export class RegistryAccessError extends ServiceUnavailableError {}

const SERVICE = (url: string): string => `Schema registry ${url}`;

export function unreachable(url: string, cause: unknown): ServiceUnavailableError {
  return new ServiceUnavailableError(SERVICE(url), `not reachable (${messageOf(cause)})`, {
    cause,
  });
}

/** The application gave no credentials for the request. */
function unauthorized(url: string, { message }: Error): ServiceUnavailableError {
  return new ServiceUnavailableError(SERVICE(url), message);
}

export function noAnswer(url: string, ms: number): ServiceUnavailableError {
  return new ServiceUnavailableError(SERVICE(url), `no answer within ${Math.round(ms)} ms`);
}

/** The fault that an answer is; undefined when the registry itself answered our question. */
export function faultIn(url: string, answer: RegistryAnswer): ServiceUnavailableError | undefined {
  const { status, code, message } = answer;
  const says = `HTTP ${status}${message ? `: ${message}` : ''}`;
  if (answer.isTooLarge && status < 300) return undefined;
  if (status === 401)
    return new RegistryAccessError(SERVICE(url), `authentication failed (${says})`);
  if (status === 403) return new RegistryAccessError(SERVICE(url), `access denied (${says})`);
  if (status === 408 || status === 429 || status >= 500)
    return new ServiceUnavailableError(SERVICE(url), `temporarily unavailable (${says})`);
  const own = status < 300 ? answer.body !== undefined : isOwnRefusal(status, code);
  if (!own)
    return new RegistryAccessError(
      SERVICE(url),
      `not the API of a Confluent-compatible schema registry (${says}); check the URL and its path`,
    );
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

const names = new BoundedMap<string, string | undefined>({ entries: 1_000 });

/** The full name of a schema; undefined for one without a namespace, which may be any event's, or that is no schema. */
export function schemaName(schema: string): string | undefined {
  if (names.has(schema)) return names.get(schema);
  const name = nameIn(schema);
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

export interface RegistryRequest {
  readonly method: 'GET' | 'POST';
  /** With its leading slash, behind the base URL. */
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
}

/** How long an answer is worth waiting for; it may grow while we wait. */
export interface Patience {
  /** By `monotonicNow`. */
  deadline: number;
  /** What went wrong last, for whoever stops waiting. */
  lastFault?: ServiceUnavailableError;
}

const CONTENT_TYPE = 'application/vnd.schemaregistry.v1+json';
const LONGEST_WISH_MS = 5_000;
const ACCEPT = `${CONTENT_TYPE}, application/vnd.schemaregistry+json, application/json`;

/**
 * Requests to the registry, by whichever of its URLs answers.
 *
 * A URL that cannot be reached, is too slow or answers 408, 429 or 5xx gives way to the next one;
 * once all have failed they are asked again, with growing and scattered delays and as much later as
 * the registry asks for (5 s at most), until the patience ends.
 */
export class RegistryHttp {
  private current = 0;
  private closed = false;
  /** Ends each request and pause that is under way: one list, since a signal warns of many listeners. */
  private readonly underWay = new Set<() => void>();

  constructor(private readonly settings: SchemaRegistrySettings) {}

  /**
   * The registry's own answer, of status 2xx or a refusal 4xx. Rejects with ServiceUnavailableError when
   * there is none by the deadline, and with RegistryAccessError when the last of the URLs, asked once
   * each, answers 401, 403 or what is no answer of a registry. Rejects with ClosedError after `close`.
   */
  async ask(request: RegistryRequest, patience: Patience): Promise<RegistryAnswer> {
    for (let failures = 1; ; failures++) {
      const asked = this.current;
      const result = await this.askOnce(this.settings.urls[asked]!, request, patience.deadline);
      if (!('fault' in result)) return result;
      const { fault, retryAfterMs } = result;
      patience.lastFault = fault;
      if (this.current === asked) this.useAnother();
      const isRound = failures % this.settings.urls.length === 0;
      if (isRound && fault instanceof RegistryAccessError) throw fault;
      const wished = Math.min(retryAfterMs ?? 0, LONGEST_WISH_MS);
      const delay = isRound ? Math.max(wished, this.delayAfter(failures)) : 0;
      if (monotonicNow() + delay >= patience.deadline) throw fault;
      await this.pause(delay);
    }
  }

  /** The next request goes to the next URL. */
  useAnother(): void {
    this.current = (this.current + 1) % this.settings.urls.length;
  }

  /** Resolves after the delay. Rejects with ClosedError at `close`. */
  async pause(ms: number): Promise<void> {
    this.checkOpen();
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.underWay.delete(done);
        resolve();
      };
      const timer = setTimeout(done, timerMs(ms));
      this.underWay.add(done);
    });
    this.checkOpen();
  }

  /** Ends what is under way. Idempotent. */
  close(): void {
    this.closed = true;
    for (const end of this.underWay) end();
  }

  private async askOnce(
    url: string,
    { method, path, body }: RegistryRequest,
    deadline: number,
  ): Promise<
    RegistryAnswer | { fault: ServiceUnavailableError; retryAfterMs?: number | undefined }
  > {
    this.checkOpen();
    const { fetch } = this.settings;
    const started = monotonicNow();
    const ms = Math.max(1, Math.min(this.settings.requestTimeoutMs, deadline - started));
    const ending = new AbortController();
    const end = (): void => ending.abort();
    const timer = setTimeout(end, ms);
    this.underWay.add(end);
    try {
      const authorization = await this.authorization(ending.signal);
      const response = await fetch(url + path, {
        method,
        redirect: 'manual',
        signal: ending.signal,
        headers: {
          accept: ACCEPT,
          ...(authorization !== undefined && { authorization }),
          ...(body === undefined ? {} : { 'content-type': CONTENT_TYPE }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const retryAfter = response.headers.get('retry-after');
      const text = await textOf(response, this.settings.maxAnswerBytes);
      const answer = answerOf(response.status, text, retryAfter);
      const fault = faultIn(url, answer);
      return fault === undefined ? answer : { fault, retryAfterMs: answer.retryAfterMs };
    } catch (error) {
      this.checkOpen();
      const isLate = ending.signal.aborted;
      if (error instanceof CredentialsError) return { fault: unauthorized(url, error) };
      return { fault: isLate ? noAnswer(url, monotonicNow() - started) : unreachable(url, error) };
    } finally {
      clearTimeout(timer);
      this.underWay.delete(end);
    }
  }

  /** Rejects with CredentialsError; with another error once the signal is aborted. */
  private async authorization(signal: AbortSignal): Promise<string | undefined> {
    const { authorization, askAuthorization } = this.settings;
    if (!askAuthorization) return authorization?.reveal();
    const ended = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
    return Promise.race([askAuthorization(), ended]);
  }

  private delayAfter(failures: number): number {
    const { urls, firstDelayMs, longestDelayMs } = this.settings;
    const rounds = Math.floor(failures / urls.length);
    return backoffDelay(rounds, firstDelayMs, longestDelayMs);
  }

  private checkOpen(): void {
    if (this.closed) throw new ClosedError('The schema registry client');
  }
}

/** As much of the body as may be read; the rest is not waited for. */
async function textOf(response: Response, most: number): Promise<{ text: string; whole: boolean }> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > most) break;
  }
  return { text: new TextDecoder().decode(Buffer.concat(chunks)), whole: size <= most };
}
