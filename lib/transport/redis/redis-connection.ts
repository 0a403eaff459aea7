import { backoffDelay, pauseFor } from '../common/waiting.js';
import type { RedisArgument, RedisClient } from './redis-client.js';
import { NoReplyError, NotConnectedError } from './redis-errors.js';

/** Told what becomes of a connection. */
export interface ConnectionListener {
  /** Connected and ready for commands: for the first time, and again after each loss. */
  up?(): void;
  /** Not connected, or the attempt failed. */
  down?(error: Error): void;
}

/** How long a connection may take from the TCP handshake until Redis is ready. */
const HANDSHAKE_MS = 10_000;

/** ioredis options that this class relies on; they win over the application's. */
export const CONNECTION_OPTIONS = {
  lazyConnect: true,
  enableOfflineQueue: false,
  // A lost connection rejects what is in flight at once: nothing is written twice behind our back.
  maxRetriesPerRequest: 0,
  disconnectTimeout: 100,
  retryStrategy: (times: number): number => Math.min(3_000, backoffDelay(times, 50)),
} as const;

/**
 * One connection to Redis that reconnects for ever. Owns its ioredis client.
 *
 * A command is written once. When no reply comes in time, the command rejects and the connection is
 * replaced, so a half-open socket is left behind after at most one time-out.
 */
export class RedisConnection {
  /** How often it became ready: a change says that replies may have been lost. */
  generation = 0;
  private readonly client: RedisClient;
  private readonly waiting = new Set<() => void>();
  private started = false;
  private closed = false;
  private lastError: Error | undefined;
  private handshake: NodeJS.Timeout | undefined;

  constructor(
    open: () => RedisClient,
    private readonly listener: ConnectionListener = {},
  ) {
    this.client = open();
    this.client.on('error', (error: Error) => (this.lastError = error));
    this.client.on('connect', () => this.watchHandshake());
    this.client.on('ready', () => this.up());
    this.client.on('close', () => this.down());
  }

  get isReady(): boolean {
    return this.client.status === 'ready' && !this.closed;
  }

  /** The ioredis client. */
  get inner(): RedisClient {
    return this.client;
  }

  /** Begins to connect. Idempotent. */
  start(): void {
    if (this.started || this.closed) return;
    this.started = true;
    this.client.connect().catch((error: Error) => (this.lastError ??= error));
  }

  /** Resolves when ready; rejects with NotConnectedError at the deadline (epoch ms) or once closed. */
  async whenReady(deadline = Infinity, signal?: AbortSignal): Promise<void> {
    this.start();
    while (!this.isReady) {
      const left = deadline - Date.now();
      if (this.closed || signal?.aborted || left <= 0) throw new NotConnectedError(this.lastError);
      await this.change(Math.min(left, 1_000), signal);
    }
  }

  /**
   * Sends one command on the connection as it is now. Rejects with NotConnectedError when it is not
   * ready, with NoReplyError after `timeoutMs`, else with the error of Redis or of the connection.
   */
  async call(command: string, args: readonly RedisArgument[], timeoutMs: number): Promise<unknown> {
    if (!this.isReady) throw new NotConnectedError(this.lastError);
    const reply = this.client.callBuffer(command, ...args);
    return this.within(reply, command, timeoutMs);
  }

  /** The reply, or NoReplyError and a new connection after `timeoutMs`. */
  async within<T>(reply: Promise<T>, what: string, timeoutMs: number): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new NoReplyError(what, timeoutMs));
        if (!this.closed) this.client.disconnect(true);
      }, timeoutMs);
    });
    try {
      return await Promise.race([reply, silence]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Waits for a connection and sends the command. Rejects like `whenReady` and `call`. */
  async request(
    command: string,
    args: readonly RedisArgument[],
    deadline: number,
  ): Promise<unknown> {
    await this.whenReady(deadline);
    return this.call(command, args, Math.max(1, deadline - Date.now()));
  }

  /** Ends the connection at once; what is in flight rejects. Idempotent. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    clearTimeout(this.handshake);
    this.client.disconnect();
    this.wake();
  }

  /** ioredis waits for ever for the answers to its handshake. */
  private watchHandshake(): void {
    clearTimeout(this.handshake);
    if (this.closed) return;
    this.handshake = setTimeout(() => this.client.disconnect(true), HANDSHAKE_MS);
  }

  private up(): void {
    clearTimeout(this.handshake);
    if (this.closed) return;
    this.generation++;
    this.lastError = undefined;
    this.wake();
    this.listener.up?.();
  }

  private down(): void {
    clearTimeout(this.handshake);
    if (this.closed) return;
    this.listener.down?.(new NotConnectedError(this.lastError));
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
