import { monotonicNow } from '../../../common/clocks.js';
import { backoffDelay, pauseFor } from '../../../common/waiting.js';
import { commandName, type RedisArgument, type RedisClient } from '../client/redis-client.js';
import {
  ForbiddenError,
  isForbidden,
  NoReplyError,
  NotConnectedError,
} from '../client/redis-errors.js';
import { text } from '../client/redis-reply.js';

/** Told what becomes of a connection. */
export interface ConnectionListener {
  /** Connected and ready for commands: for the first time, and again after each loss. */
  up?(): void;
  /** Not connected, or the attempt failed. */
  down?(error: Error): void;
}

/** How long a connection may take from the TCP handshake until Redis is ready. */
const HANDSHAKE_MS = 10_000;
/** After so long of it, Redis is asked whether it loads its data. */
const LOOK_MS = 300;
/** A client that is not ready and shows no sign of trying for so long is replaced. */
const SILENT_MS = 30_000;
const LONGEST_RETRY_MS = 3_000;
/** How often is looked whether a connection is silent, while a reply is waited for. */
const LOOKS = 5;

/** ioredis options that this class relies on; they win over the application's. */
export const CONNECTION_OPTIONS = {
  lazyConnect: true,
  enableOfflineQueue: false,
  // A lost connection rejects what is in flight at once: nothing is written twice behind our back.
  maxRetriesPerRequest: 0,
  disconnectTimeout: 100,
  maxLoadingRetryTime: 1_000,
  retryStrategy: (times: number): number => backoffDelay(times, 50, LONGEST_RETRY_MS),
} as const;

/**
 * One connection to Redis that reconnects for ever. Owns its ioredis client; one that has ended for
 * good, whoever ended it, or that no longer tries is replaced by a new one.
 *
 * A command is written once. When no reply comes in time, the command rejects and the connection is
 * replaced, so a half-open socket is left behind after at most one time-out.
 */
export class RedisConnection {
  /** How often it became ready: a change says that replies may have been lost. */
  generation = 0;
  /** With the password in its options. */
  #client: RedisClient | undefined;
  private readonly waiting = new Set<() => void>();
  private started = false;
  private closed = false;
  /** With the arguments of its command, as ioredis has it. */
  #lastError: Error | undefined;
  private watch: NodeJS.Timeout | undefined;
  private replacements = 0;
  private renewed = 0;

  /** `open` makes a client that does not connect yet; what it throws is a failed attempt. */
  constructor(
    private readonly open: () => RedisClient,
    private readonly listener: ConnectionListener = {},
  ) {}

  get isReady(): boolean {
    return this.#client?.status === 'ready' && !this.closed;
  }

  /** The ioredis client at present. */
  get inner(): RedisClient {
    return (this.#client ??= this.adopt(this.open()));
  }

  /** Begins to connect. Idempotent. */
  start(): void {
    if (this.started || this.closed) return;
    this.started = true;
    this.connect();
  }

  /** Resolves when ready; rejects with NotConnectedError at the deadline (by `monotonicNow`) or once closed. */
  async whenReady(deadline = Infinity, signal?: AbortSignal): Promise<void> {
    this.start();
    while (!this.isReady) {
      const left = deadline - monotonicNow();
      if (this.closed || signal?.aborted || left <= 0) throw new NotConnectedError(this.#lastError);
      await this.change(Math.min(left, 1_000), signal);
    }
  }

  /**
   * Sends one command on the connection as it is now. Rejects with NotConnectedError when it is not
   * ready, with NoReplyError as `within` does, with ForbiddenError where the user may not, else with
   * the error of Redis or of the connection.
   */
  async call(
    command: string,
    args: readonly RedisArgument[],
    timeoutMs: number,
    inAll = false,
  ): Promise<unknown> {
    if (!this.isReady) throw new NotConnectedError(this.#lastError);
    try {
      return await this.within(this.inner.callBuffer(command, ...args), command, timeoutMs, inAll);
    } catch (error) {
      throw isForbidden(error) ? new ForbiddenError(commandName(command, args), error) : error;
    }
  }

  /**
   * The reply, or NoReplyError and a new connection when nothing at all was read from the connection for `timeoutMs`:
   * replies come in order, so while some come, this one will. `inAll`: NoReplyError after `timeoutMs` in any case.
   */
  async within<T>(reply: Promise<T>, what: string, timeoutMs: number, inAll = false): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    let lastLook: NodeJS.Immediate | undefined;
    const silence = new Promise<never>((_, reject) => {
      const begun = performance.now();
      let [read, readAt] = [this.bytesRead, begun];
      const look = (isLast = false): void => {
        const now = performance.now();
        const before = read;
        read = this.bytesRead;
        if (read !== before) readAt = now;
        const left = timeoutMs - (now - (inAll ? begun : readAt));
        if (left > 0.5) {
          timer = setTimeout(look, Math.min(left, timeoutMs / LOOKS));
          return;
        }
        if (!isLast) {
          // A process that was held up runs its timers before it reads what came meanwhile.
          lastLook = setImmediate(look, true);
          return;
        }
        reject(new NoReplyError(what, timeoutMs));
        if (now - readAt >= timeoutMs / 2) this.renew();
      };
      timer = setTimeout(look, timeoutMs / LOOKS);
    });
    try {
      return await Promise.race([reply, silence]);
    } finally {
      clearTimeout(timer);
      clearImmediate(lastLook);
    }
  }

  /** Of a cluster client it is not known. */
  private get bytesRead(): number | undefined {
    return this.#client?.stream?.bytesRead;
  }

  /** Waits for a connection and sends the command. Rejects like `whenReady` and `call`. */
  async request(
    command: string,
    args: readonly RedisArgument[],
    deadline: number,
  ): Promise<unknown> {
    await this.whenReady(deadline);
    return this.call(command, args, Math.max(1, deadline - monotonicNow()), true);
  }

  /** Ends the connection at once; what is in flight rejects. Idempotent. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    clearTimeout(this.watch);
    this.#client?.disconnect();
    this.wake();
  }

  private connect(): void {
    try {
      const client = this.inner;
      this.watchFor(SILENT_MS, () => this.replace());
      client.connect().catch((error: Error) => (this.#lastError ??= error));
    } catch (error) {
      this.#lastError = error as Error;
      this.replaceLater();
    }
  }

  private adopt(client: RedisClient): RedisClient {
    const on = (event: string, act: (error: Error) => void): void => {
      client.on(event, (error: Error) => {
        if (client === this.#client && !this.closed) act(error);
      });
    };
    for (const event of ['error', 'node error']) on(event, (error) => (this.#lastError = error));
    on('connecting', () => this.watchFor(SILENT_MS, () => this.replace()));
    on('connect', () => this.watchFor(LOOK_MS, () => void this.lookWhyNotReady(client)));
    on('ready', () => this.up());
    on('close', () => this.down());
    on('end', () => this.replaceLater());
    return client;
  }

  /** ioredis waits for ever for the answers to its handshake, and in silence while Redis loads its data. */
  private async lookWhyNotReady(client: RedisClient): Promise<void> {
    this.watchFor(HANDSHAKE_MS, () => client.disconnect(true));
    const info = await client.callBuffer('INFO', 'persistence').catch(() => '');
    if (client !== this.#client || this.isReady || !/^loading:1/m.test(text(info))) return;
    this.#lastError = new Error('LOADING Redis is loading its data');
    this.listener.down?.(new NotConnectedError(this.#lastError));
  }

  /** Once for each connection, however many replies are missing. */
  private renew(): void {
    if (this.closed || this.renewed === this.generation) return;
    this.renewed = this.generation;
    this.#client?.disconnect(true);
  }

  private replaceLater(): void {
    this.#lastError ??= new Error('Connection is closed.');
    this.down();
    const delay = backoffDelay(++this.replacements, 50, LONGEST_RETRY_MS);
    this.watchFor(delay, () => this.replace());
  }

  private replace(): void {
    const old = this.#client;
    this.#client = undefined;
    old?.disconnect();
    this.connect();
  }

  private watchFor(ms: number, act: () => void): void {
    clearTimeout(this.watch);
    if (!this.closed) this.watch = setTimeout(act, ms).unref();
  }

  private up(): void {
    clearTimeout(this.watch);
    this.generation++;
    this.replacements = 0;
    this.#lastError = undefined;
    this.wake();
    this.listener.up?.();
  }

  private down(): void {
    this.watchFor(SILENT_MS, () => this.replace());
    this.listener.down?.(new NotConnectedError(this.#lastError));
  }

  private wake(): void {
    for (const wake of this.waiting) wake();
  }

  private async change(ms: number, signal?: AbortSignal): Promise<void> {
    const woken = new AbortController();
    const wake = (): void => woken.abort();
    this.waiting.add(wake);
    signal?.addEventListener('abort', wake, { once: true });
    await pauseFor(ms, woken.signal);
    this.waiting.delete(wake);
    signal?.removeEventListener('abort', wake);
  }
}
