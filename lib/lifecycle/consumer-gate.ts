import { AsyncLocalStorage } from 'node:async_hooks';
import { ClosedError } from '../errors/index.js';
import type { ConsumerRuntime } from '../consuming/consumer-runtime.js';

const shut = new AsyncLocalStorage<true>();

/**
 * Applications that are bootstrapped inside `run` connect and know their handlers, but consume
 * nothing: for commands that use an application without being it.
 */
export function withoutConsuming<T>(run: () => T): T {
  return shut.run(true, run);
}

/**
 * Decides when the runtime of a bus starts: when the application is bootstrapped, and, where Nest
 * was given the bus as a microservice, when that one was told to listen too. However often and in
 * whatever order it is told, the runtime starts once.
 */
export class ConsumerGate {
  private isMicroservice = false;
  private listening = false;
  private bootstrapped = false;
  private closed = false;

  constructor(private readonly runtime: Pick<ConsumerRuntime, 'connect' | 'start' | 'drain'>) {}

  /** The bus is a microservice of the application: nothing is consumed before `listen`. */
  awaitListen(): void {
    this.isMicroservice = true;
  }

  /** Door 2. Resolves when connected and, once bootstrapped, subscribed; rejects as the runtime does. */
  async listen(): Promise<void> {
    if (this.closed) throw new ClosedError('The consumer');
    this.listening = true;
    await this.runtime.connect();
    if (this.bootstrapped) await this.runtime.start();
  }

  /** Door 1: every module of the application is ready. Rejects as the runtime does. */
  async bootstrap(): Promise<'started' | 'waiting' | 'shut'> {
    if (shut.getStore()) return 'shut';
    this.bootstrapped = true;
    if (this.isMicroservice && !this.listening) return 'waiting';
    await this.runtime.start();
    return 'started';
  }

  /** Drains until `deadline` (by `monotonicNow`). Idempotent, never rejects. */
  async close(deadline: number): Promise<void> {
    this.closed = true;
    await this.runtime.drain(deadline);
  }
}
