// Reaches inside Nest (11.0.1, 11.2.10 and 12.5.1): protected parts of Server, which `requireNestInternals` looks for at the
// start.
import { monotonicNow } from '../common/clocks.js';
import {
  type CustomTransportStrategy,
  type MessageHandler,
  Server,
  RpcException,
} from '@nestjs/microservices';
import type { Subscription } from 'rxjs';
import type { ConsumerGate } from '../lifecycle/consumer-lifecycle.js';
import { DEFAULT_EVENT_BUS } from '../event-bus.constants.js';
import type { EventBusSettings } from '../settings/event-bus-settings.js';
import type { EventTransport, TransportStatus } from '../transport/transport.interface.js';
import { types } from 'node:util';
import type { EventHandler } from '../consuming/handlers/handler-registry.js';
import {
  type BoundHandlers,
  type BusOfHandlers,
  patternProblems,
} from '../consuming/handlers/handler-binding.js';
import { runToEnd } from '../consuming/handlers/handler-pipeline.js';
import type { ConfigurationProblem } from '../errors/index.js';
import { matchesPattern } from '../events/event-catalog.js';

/** Name it in `@EventPattern(type, OPENEDX_EVENT_BUS)` to keep a handler off other microservices. */
export const OPENEDX_EVENT_BUS: unique symbol = Symbol.for('nestjs-openedx-event-bus');

/** Injects the server of a bus: the class itself for the default bus. */
export function getEventBusServerToken(
  bus: string = DEFAULT_EVENT_BUS,
): typeof EventBusServer | string {
  return bus === DEFAULT_EVENT_BUS ? EventBusServer : `openedx-event-bus:${bus}:server`;
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

/** An `@EventPattern` handler that Nest bound to the bus. */
export interface PatternHandler {
  readonly pattern: string;
  readonly callback: MessageHandler;
  /** The last argument of `@EventPattern`: `group` and `topic` are ours. */
  readonly extras: Readonly<Record<string, unknown>>;
}

/**
 * The `@EventPattern` handlers as handlers of the bus. Nest binds patterns without a transport to
 * every microservice, so those that can be no event of this bus are left to the others.
 */
export function bindPatternHandlers(
  patternHandlers: readonly PatternHandler[],
  of: BusOfHandlers,
): BoundHandlers {
  const problems: ConfigurationProblem[] = [];
  const handlers: EventHandler[] = [];
  for (const { pattern, callback, extras } of patternHandlers) {
    if (!isOurs(pattern, of)) continue;
    const name = `@EventPattern(${pattern})`;
    const group = typeof extras['group'] === 'string' ? extras['group'] : of.group;
    problems.push(...patternProblems(name, pattern, group, of.catalog));
    handlers.push({
      name,
      group: group ?? '',
      pattern,
      topics: topicsOf(extras['topic']),
      invoke: (data, context) =>
        runToEnd(context, () => callback(data, context)).catch(asException),
    });
  }
  return { handlers, problems };
}

/** Nest's RPC pipeline replaces what a handler threw by a plain object, `{ status, message }`. */
function asException(thrown: unknown): never {
  throw types.isNativeError(thrown) ? thrown : new RpcException(thrown as object);
}

function isOurs(pattern: string, { catalog }: BusOfHandlers): boolean {
  if (pattern.startsWith('org.openedx.') || catalog.get(pattern)) return true;
  return pattern.endsWith('.*') && catalog.all().some(({ type }) => matchesPattern(pattern, type));
}

function topicsOf(topic: unknown): readonly string[] {
  const topics: unknown[] = Array.isArray(topic) ? topic : [topic];
  return topics.filter((one) => typeof one === 'string');
}
