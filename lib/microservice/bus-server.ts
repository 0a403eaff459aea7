// Reaches inside Nest (11.0.1, 11.2.10 and 12.5.1): protected parts of Server, which `requireNestInternals` looks for at the
// start.
import type { EventBusLogger } from '../transport/wire-format.interface.js';
import { types } from 'node:util';
import { type MessageHandler, RpcException } from '@nestjs/microservices';
import type { Subscription } from 'rxjs';
import { monotonicNow } from '../common/clocks.js';
import {
  type BoundHandlers,
  type BusOfHandlers,
  patternProblems,
} from '../consuming/handlers/handler-binding.js';
import { runToEnd } from '../consuming/handlers/handler-pipeline.js';
import type { EventHandler } from '../consuming/handlers/handler-registry.js';
import type { ConfigurationProblem } from '../errors/index.js';
import { matchesPattern } from '../events/event-catalog.js';
import type { ConsumerGate } from '../lifecycle/consumer-lifecycle.js';
import type { EventBusSettings } from '../settings/event-bus-settings.js';
import type { EventTransport } from '../transport/transport.interface.js';
import {
  EventBusServer,
  type EventBusServerEvents,
  OPENEDX_EVENT_BUS,
} from './event-bus.server.js';

export interface BusServerOptions {
  readonly settings: Pick<EventBusSettings, 'shutdownTimeoutMs'>;
  readonly gate: ConsumerGate;
  readonly transport: EventTransport;
  readonly logger: EventBusLogger;
}

/** The server that a bus provides. Nest binds its handlers to it. */
export class BusServer extends EventBusServer {
  override transportId: symbol = OPENEDX_EVENT_BUS;
  /** In the order bound: a list, for Nest's chain of handlers hides all errors but one. */
  private readonly patternHandlers: PatternHandler[] = [];
  private taken = false;
  private readonly listeners: Subscription[] = [];

  constructor(private readonly options: BusServerOptions) {
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
      this.options.logger.warn(
        `@EventPattern(${pattern}) receives no events: call connectMicroservice before the application is initialized`,
        { eventType: pattern },
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
