import { monotonicNow } from '../../../common/clocks.js';
import { clearTimeout, setTimeout } from 'node:timers';
import { ClosedError, type ServiceFaultError } from '../../../errors/index.js';
import { CredentialsError } from '../../common/credentials-provider.js';
import {
  answerOf,
  faultIn,
  noAnswer,
  RegistryAccessError,
  type RegistryAnswer,
  unauthorized,
  unreachable,
} from './registry-faults.js';
import type { SchemaRegistrySettings } from './registry-settings.js';

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
  lastFault?: ServiceFaultError;
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
   * The registry's own answer, of status 2xx or a refusal 4xx. Rejects with ServiceFaultError when
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
      const timer = setTimeout(done, Math.min(ms, 2 ** 31 - 1));
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
  ): Promise<RegistryAnswer | { fault: ServiceFaultError; retryAfterMs?: number | undefined }> {
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
    const full = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(rounds - 1, 20));
    return full / 2 + Math.random() * (full / 2);
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
