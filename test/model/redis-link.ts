import { monotonicNow } from '../../lib/common/clocks.js';
import { NoReplyError, NotConnectedError } from '../../lib/transport/redis/client/redis-errors.js';
import type { RedisStreams } from './redis-streams.js';

const LATENCY_MS = 1;
const RECONNECT_MS = 100;

let connections = 0;

/** What may go wrong on the way between a member and Redis. */
export interface Way {
  /** Nothing can be connected. */
  isCut: boolean;
  /** So many of the next replies do not arrive; what was asked is done. */
  repliesToLose: number;
}

/** A RedisConnection that reaches the streams of a model. */
export class RedisLink {
  generation = 0;
  private id = 0;
  private isUp = false;
  private closed = false;
  private started = false;
  private readonly failing = new Set<(error: Error) => void>();
  private readonly waiting = new Set<() => void>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly streams: RedisStreams,
    private readonly name: string,
    private readonly way: Way,
  ) {}

  get isReady(): boolean {
    return this.isUp && !this.closed;
  }

  start(): void {
    if (this.started || this.closed) return;
    this.started = true;
    this.reconnect();
  }

  async whenReady(deadline = Infinity, signal?: AbortSignal): Promise<void> {
    this.start();
    while (!this.isReady) {
      if (this.closed || signal?.aborted || monotonicNow() >= deadline)
        throw new NotConnectedError();
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          clearTimeout(timer);
          this.waiting.delete(wake);
          signal?.removeEventListener('abort', wake);
          resolve();
        };
        const timer = setTimeout(wake, Math.min(1_000, deadline - monotonicNow()));
        this.waiting.add(wake);
        signal?.addEventListener('abort', wake, { once: true });
      });
    }
  }

  call(
    command: string,
    args: readonly (string | number | Buffer)[],
    timeoutMs: number,
  ): Promise<unknown> {
    if (!this.isReady) return Promise.reject(new NotConnectedError());
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        end();
        reject(new NoReplyError(command, timeoutMs));
        this.drop();
      }, timeoutMs);
      const fail = (error: Error): void => {
        end();
        reject(error);
      };
      const end = (): void => {
        clearTimeout(timer);
        this.failing.delete(fail);
      };
      this.failing.add(fail);
      const who = { name: this.name, connection: this.id };
      setTimeout(() => {
        this.streams.ask(who, command, args, (reply) => {
          if (this.way.repliesToLose > 0) {
            this.way.repliesToLose--;
            return;
          }
          setTimeout(() => {
            if (!this.failing.has(fail)) return;
            end();
            if (reply instanceof Error) reject(reply);
            else resolve(reply);
          }, LATENCY_MS);
        });
      }, LATENCY_MS);
    });
  }

  async request(
    command: string,
    args: readonly (string | number | Buffer)[],
    deadline: number,
  ): Promise<unknown> {
    await this.whenReady(deadline);
    return this.call(command, args, Math.max(1, deadline - monotonicNow()));
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    this.goDown();
    for (const wake of [...this.waiting]) wake();
  }

  /** The connection breaks, with a new one soon. `isNoticed`: Redis hears of it. */
  drop({ isNoticed = true } = {}): void {
    if (this.closed || !this.started) return;
    this.goDown(isNoticed);
    this.reconnect();
  }

  private goDown(isNoticed = true): void {
    this.isUp = false;
    if (isNoticed) this.streams.forget(this.id);
    const error = new Error('Connection is closed.');
    for (const fail of [...this.failing]) fail(error);
  }

  private reconnect(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (this.way.isCut) return this.reconnect();
      this.id = ++connections;
      this.isUp = true;
      this.generation++;
      for (const wake of [...this.waiting]) wake();
    }, RECONNECT_MS);
  }
}
