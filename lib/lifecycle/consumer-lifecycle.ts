import type { LogFields } from '../common/log-fields.js';
import { fullTopic } from '../transport/topic-prefix.js';
import { monotonicNow } from '../common/clocks.js';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import type { EventBusSettings } from '../settings/event-bus-settings.js';
import type { EventBusLogger } from '../transport/wire-format.interface.js';
import {
  type HandlerRegistry,
  type RoutingRow,
  routingLines,
} from '../consuming/handlers/handler-registry.js';
import { AsyncLocalStorage } from 'node:async_hooks';
import { ClosedError } from '../errors/index.js';
import type { ConsumerRuntime } from '../consuming/consumer-runtime.js';

export interface ConsumerLifecycleOptions {
  readonly settings: Pick<
    EventBusSettings,
    'bus' | 'shutdownTimeoutMs' | 'consumersEnabled' | 'topicPrefix'
  >;
  readonly handlers: HandlerRegistry;
  readonly gate: ConsumerGate;
  readonly connection: {
    /** Keeps the process alive until the connection is closed. */
    holdProcess(): void;
  };
  readonly logger: EventBusLogger;
  /** Ends what was opened when the application cannot start. */
  readonly abandon: () => Promise<void>;
}

/**
 * Ties consuming to the life of the application. Its module is the last to be bootstrapped
 * and the first to be destroyed, so handlers run only while everything that they use is there.
 */
export class ConsumerLifecycle implements OnApplicationBootstrap, OnModuleDestroy {
  constructor(private readonly options: ConsumerLifecycleOptions) {}

  /** Prints the routing table and starts. Rejects when the broker cannot be subscribed to. */
  async onApplicationBootstrap(): Promise<void> {
    const { settings, handlers, gate, connection, logger, abandon } = this.options;
    connection.holdProcess();
    const rows = handlers.table();
    if (rows.length && settings.consumersEnabled) {
      logger.log(`Bus ${settings.bus}, event handlers (topics, group, event, handler):`);
      for (const [at, line] of routingLines(rows).entries())
        logger.log(`  ${line}`, fieldsOf(rows[at]!, settings.topicPrefix));
      for (const line of handlers.warnings()) logger.warn(line);
    }
    try {
      if ((await gate.bootstrap()) === 'waiting')
        logger.log(
          `Bus ${settings.bus} starts consuming when its microservice is started (startAllMicroservices)`,
        );
    } catch (error) {
      await abandon();
      throw error;
    }
  }

  /**
   * Resolves when no handler runs any more, at the latest soon after `shutdownTimeout`. A second
   * signal, where the application listens to signals at all, ends the waiting at once.
   */
  async onModuleDestroy(): Promise<void> {
    const { gate, settings } = this.options;
    const flushNow = () => void gate.close(monotonicNow());
    const signals = STOPPING_SIGNALS.filter((signal) => process.listenerCount(signal) > 0);
    for (const signal of signals) process.on(signal, flushNow);
    try {
      await gate.close(monotonicNow() + settings.shutdownTimeoutMs);
    } finally {
      for (const signal of signals) process.off(signal, flushNow);
    }
  }
}

const STOPPING_SIGNALS = ['SIGTERM', 'SIGINT'] as const;

const shut = new AsyncLocalStorage<true>();

/**
 * Applications that are bootstrapped inside `run` connect and can send, but consume nothing: for scripts and
 * commands that use an application beside the one that runs. Returns what `run` returns.
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

  /** For a microservice. Resolves when connected and, once bootstrapped, subscribed; rejects as the runtime does. */
  async listen(): Promise<void> {
    if (this.closed) throw new ClosedError('The consumer');
    this.listening = true;
    await this.runtime.connect();
    if (this.bootstrapped) await this.runtime.start();
  }

  /** For an application without microservice: every module of the application is ready. Rejects as the runtime does. */
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

function fieldsOf(
  { topics, group, pattern, handler }: RoutingRow,
  prefix: string | undefined,
): LogFields {
  const topic = topics.map((one) => fullTopic(prefix, one)).join(', ');
  return { group, topic, eventType: pattern, handler };
}
