import { monotonicNow } from '../common/clocks.js';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import type { EventBusSettings } from '../settings/event-bus-settings.js';
import type { TransportLogger } from '../transport/wire-format.interface.js';
import type { ConsumerGate } from './consumer-gate.js';
import type { HandlerRegistry } from '../consuming/handlers/handler-registry.js';
import { routingLines } from '../consuming/handlers/routing-table.js';

export interface ConsumerLifecycleOptions {
  readonly settings: Pick<EventBusSettings, 'bus' | 'shutdownTimeoutMs' | 'consumersEnabled'>;
  readonly handlers: HandlerRegistry;
  readonly gate: ConsumerGate;
  readonly connection: {
    /** Keeps the process alive until the connection is closed. */
    holdProcess(): void;
  };
  readonly logger: TransportLogger;
  /** Ends what was opened when the application cannot start. */
  readonly abandon: () => Promise<void>;
}

/**
 * Door 1: ties consuming to the life of the application. Its module is the last to be bootstrapped
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
      logger.log(`Bus ${settings.bus}: topics, group, event, handler`);
      for (const line of routingLines(rows)) logger.log(`  ${line}`);
    }
    try {
      if ((await gate.bootstrap()) === 'waiting')
        logger.log(`Bus ${settings.bus} consumes when its microservice is started`);
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
    const hurry = () => void gate.close(monotonicNow());
    const signals = STOPPING_SIGNALS.filter((signal) => process.listenerCount(signal) > 0);
    for (const signal of signals) process.on(signal, hurry);
    try {
      await gate.close(monotonicNow() + settings.shutdownTimeoutMs);
    } finally {
      for (const signal of signals) process.off(signal, hurry);
    }
  }
}

const STOPPING_SIGNALS = ['SIGTERM', 'SIGINT'] as const;
