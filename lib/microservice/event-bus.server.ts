import { monotonicNow } from '../common/clocks.js';
import { type CustomTransportStrategy, type MessageHandler, Server } from '@nestjs/microservices';
import type { Subscription } from 'rxjs';
import type { ConsumerGate } from '../lifecycle/consumer-gate.js';
import { DEFAULT_BUS } from '../event-bus.constants.js';
import type { EventBusSettings } from '../settings/event-bus-settings.js';
import type { EventTransport, TransportStatus } from '../transport/transport.interface.js';
import type { PatternHandler } from './pattern-handlers.js';

/** Name it in `@EventPattern(type, OPENEDX_EVENT_BUS)` to keep a handler off other microservices. */
export const OPENEDX_EVENT_BUS: unique symbol = Symbol.for('nestjs-openedx-event-bus');

/** Injects the server of a bus: the class itself for the default bus. */
export function eventBusServerToken(bus: string = DEFAULT_BUS): typeof EventBusServer | string {
  return bus === DEFAULT_BUS ? EventBusServer : `openedx-event-bus:${bus}:server`;
}

export type EventBusServerEvents = {
  status: (status: TransportStatus['state']) => void;
  error: (error: Error) => void;
};

export interface EventBusServerOptions {
  readonly settings: Pick<EventBusSettings, 'shutdownTimeoutMs'>;
  readonly gate: ConsumerGate;
  readonly transport: EventTransport;
}

/**
 * Door 2: the bus as a Nest microservice.
 *
 * @example
 * ```ts
 * app.connectMicroservice({ inject: [EventBusServer], useFactory: (strategy) => ({ strategy }) });
 * await app.startAllMicroservices();
 * ```
 *
 * `listen` reports a broker that cannot be reached; handlers run only once the application is
 * bootstrapped. Handlers under `@OnOpenEdxEvent` run as without it, and `@EventPattern` controllers
 * run too, each for itself, with errors as Nest's RPC pipeline leaves them.
 */
export class EventBusServer
  extends Server<EventBusServerEvents, TransportStatus['state']>
  implements CustomTransportStrategy
{
  override transportId = OPENEDX_EVENT_BUS;
  /** In the order bound: a list, for Nest's chain of handlers hides all errors but one. */
  private readonly patternHandlers: PatternHandler[] = [];
  private taken = false;
  private readonly listeners: Subscription[] = [];

  constructor(private readonly options: EventBusServerOptions) {
    super();
    // Nest 12: failures of event handlers are ours to report.
    Object.defineProperty(this, 'propagatesEventHandlerErrors', { value: true });
    options.transport.status$.subscribe(({ state }) => this._status$.next(state));
  }

  override addHandler(
    pattern: unknown,
    callback: MessageHandler,
    isEventHandler = false,
    extras: Record<string, unknown> = {},
  ): void {
    callback.isEventHandler = isEventHandler;
    callback.extras = extras;
    const route = this.normalizePattern(pattern as string);
    if (!this.messageHandlers.has(route)) this.messageHandlers.set(route, callback);
    if (!isEventHandler || typeof pattern !== 'string') return;
    this.patternHandlers.push({ pattern, callback, extras });
    if (this.taken && pattern.startsWith('org.openedx.'))
      this.logger.warn(
        `@EventPattern(${pattern}) does not run: call connectMicroservice before the application is initialized`,
      );
  }

  /** What Nest has bound when the application is initialized; later handlers are warned of. */
  takePatternHandlers(): readonly PatternHandler[] {
    this.taken = true;
    return [...this.patternHandlers];
  }

  override listen(callback: (error?: unknown) => void): void {
    this.options.gate.listen().then(() => callback(), callback);
  }

  override async close(): Promise<void> {
    await this.options.gate.close(monotonicNow() + this.options.settings.shutdownTimeoutMs);
    for (const listener of this.listeners.splice(0)) listener.unsubscribe();
  }

  /** `status` gives the present state at once, `error` the reason of a bad one. */
  override on<Event extends keyof EventBusServerEvents>(
    event: Event,
    callback: EventBusServerEvents[Event],
  ): void {
    this.listeners.push(
      this.options.transport.status$.subscribe(({ state, error }) => {
        if (event === 'status') (callback as EventBusServerEvents['status'])(state);
        else if (error) (callback as EventBusServerEvents['error'])(error);
      }),
    );
  }

  /** The client of the transport. */
  override unwrap<T>(): T {
    return this.options.transport.unwrap<T>();
  }
}
