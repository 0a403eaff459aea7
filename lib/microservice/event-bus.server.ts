import { type CustomTransportStrategy, Server } from '@nestjs/microservices';
import { DEFAULT_EVENT_BUS } from '../event-bus.constants.js';
import type { TransportStatus } from '../transport/transport.interface.js';

/** Use it as `@EventPattern(type, OPENEDX_EVENT_BUS)` to keep a handler from being bound to other microservices. */
export const OPENEDX_EVENT_BUS: unique symbol = Symbol.for('nestjs-openedx-event-bus');

/** The token that injects the EventBusServer of a bus: the class itself for the unnamed bus. */
export function getEventBusServerToken(
  bus: string = DEFAULT_EVENT_BUS,
): typeof EventBusServer | string {
  return bus === DEFAULT_EVENT_BUS ? EventBusServer : `openedx-event-bus:${bus}:server`;
}

/** What `EventBusServer.on` can be asked for. */
export type EventBusServerEvents = {
  /** Called with the present state of the transport, then at each change. */
  status: (status: TransportStatus['state']) => void;
  /** Called with the reason whenever the transport is connecting or degraded because something failed. */
  error: (error: Error) => void;
};

/**
 * The bus as a Nest microservice. Every bus provides one: inject it, as below, or with `getEventBusServerToken(name)`.
 * An application that does not connect it consumes all the same.
 *
 * Handlers under `@OnOpenEdxEvent` run as without it. Controllers with `@EventPattern` run too, each for itself,
 * and their errors are those that Nest's RPC pipeline leaves.
 *
 * @example
 * ```ts
 * app.connectMicroservice({ inject: [EventBusServer], useFactory: (strategy) => ({ strategy }) });
 * await app.startAllMicroservices();
 * ```
 */
export abstract class EventBusServer
  extends Server<EventBusServerEvents, TransportStatus['state']>
  implements CustomTransportStrategy
{
  /**
   * Called by Nest in `startAllMicroservices`, which fails with the error that the callback is given: ConnectError
   * where the broker does not answer. Handlers run once the application is bootstrapped too.
   */
  abstract override listen(callback: (error?: unknown) => void): void;

  /**
   * Stops consuming: resolves when no handler runs any more, at the latest soon after `shutdownTimeout`. The bus can
   * send until the application is closed. Idempotent; called by Nest when the application closes.
   */
  abstract override close(): Promise<void>;

  /** Calls back at once with the present state, or its error, and then at each change until `close`. */
  abstract override on<Event extends keyof EventBusServerEvents>(
    event: Event,
    callback: EventBusServerEvents[Event],
  ): void;

  /** The client of the transport, as `EventTransport.unwrap` gives it. The bus owns it: do not close it. */
  abstract override unwrap<T>(): T;
}
