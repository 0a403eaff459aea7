import { monotonicNow } from '../common/clocks.js';
import { holdProcess } from '../common/waiting.js';
import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import type { BusDeadLetters } from '../consuming/dead-letters/bus-dead-letters.js';
import type { EventMarks } from '../consuming/idempotency/event-marks.js';
import type { ConsumerRuntime } from '../consuming/consumer-runtime.js';
import type { BoundHandlers } from '../consuming/handlers/handler-binding.js';
import type { EventHandler, HandlerRegistry } from '../consuming/handlers/handler-registry.js';
import { ConfigurationError, type ConfigurationProblem } from '../errors/index.js';
import type { BusEventProducer } from '../producing/event-producer.js';
import { durationText } from '../settings/duration.js';
import type { EventBusSettings } from '../settings/event-bus-settings.js';
import { prefixWarnings } from '../transport/topic-prefix.js';
import type { EventTransport } from '../transport/transport.interface.js';
import type { EventBusLogger } from '../transport/wire-format.interface.js';

export interface BusConnectionOptions {
  readonly settings: Pick<
    EventBusSettings,
    'bus' | 'shutdownTimeoutMs' | 'consumersEnabled' | 'topicPrefix' | 'onFailure' | 'deadLetter'
  >;
  /** The names of all buses of the application, with repeats. */
  readonly buses: () => readonly string[];
  /** Finds the handlers of this bus. `late` is given those of modules that are loaded afterwards. */
  readonly bind: (late: (bound: BoundHandlers) => void) => BoundHandlers;
  readonly handlers: HandlerRegistry;
  readonly producer: BusEventProducer;
  readonly runtime: ConsumerRuntime;
  readonly deadLetters: BusDeadLetters;
  readonly marks: EventMarks | undefined;
  readonly transport: EventTransport;
  readonly logger: EventBusLogger;
}

/**
 * Opens a bus before any module of the application is initialized, so that all of them can send, and
 * closes it after the last one was shut down.
 */
export class BusConnection implements OnModuleInit, OnApplicationShutdown {
  private closing: Promise<void> | undefined;
  private release: (() => void) | undefined;

  constructor(private readonly options: BusConnectionOptions) {}

  /** Rejects with one ConfigurationError for all that is wrong, else as `ConsumerRuntime.connect` does. */
  async onModuleInit(): Promise<void> {
    try {
      this.takeHandlers();
      await this.options.marks?.open();
      await this.options.runtime.connect();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  onApplicationShutdown(): Promise<void> {
    return this.close();
  }

  /**
   * Keeps the process alive until the bus is closed. Before it is called only what is under way does: an application
   * whose start fails elsewhere is not closed by Nest, and is not to live on by a bus that nobody uses.
   */
  holdProcess(): void {
    if (!this.closing) this.release ??= holdProcess();
  }

  /** Every event sent so far is confirmed or reported, and the transport is closed. Idempotent. */
  close(): Promise<void> {
    this.closing ??= this.closeOnce();
    return this.closing;
  }

  private async closeOnce(): Promise<void> {
    const { settings, runtime, deadLetters, marks, producer, transport } = this.options;
    const deadline = monotonicNow() + settings.shutdownTimeoutMs;
    await Promise.all([runtime.drain(deadline), deadLetters.close(deadline)]);
    const last = (): number => Math.max(deadline, monotonicNow() + CLOSE_AT_LEAST_MS);
    await Promise.all([producer.close(deadline), marks?.close(last())]);
    await transport.close(last());
    this.release?.();
  }

  private takeHandlers(): void {
    const { settings, buses, bind, producer } = this.options;
    const problems: ConfigurationProblem[] = [];
    if (buses().filter((name) => name === settings.bus).length > 1)
      problems.push({
        setting: `EventBusModule.forRoot name`,
        found: `two buses named ${settings.bus}`,
        allowed:
          'one EventBusModule.forRoot call for each name, whose module is imported wherever the bus is needed',
      });
    problems.push(...this.add(bind((late) => this.takeLate(late))));
    problems.push(...problemsOf(() => producer.checkRoutes()));
    if (problems.length) throw new ConfigurationError(problems);
    const topics = new Set(this.options.handlers.all().flatMap((handler) => handler.topics));
    for (const warning of prefixWarnings(settings.topicPrefix, topics))
      this.options.logger.warn(`Handlers: ${warning}`);
    for (const warning of shortMarks(this.options.handlers.all(), settings))
      this.options.logger.warn(warning);
  }

  /** Handlers of a module that was loaded lazily. Subscriptions are made once, when consuming starts. */
  private takeLate(late: BoundHandlers): void {
    const { settings, runtime, logger } = this.options;
    if (runtime.hasStarted) {
      const names = [...new Set(late.handlers.map(({ name }) => name))].join(', ');
      if (names && settings.consumersEnabled)
        logger.warn(
          `${names}: loaded after bus ${settings.bus} started consuming, so these handlers receive no events. ` +
            'Import their module statically, or load it in onModuleInit or onApplicationBootstrap',
          { handler: names },
        );
      return;
    }
    const problems = this.add(late);
    if (problems.length) throw new ConfigurationError(problems);
  }

  private add(bound: BoundHandlers): readonly ConfigurationProblem[] {
    const { settings, handlers } = this.options;
    for (const handler of bound.handlers) handlers.add(handler);
    if (!settings.consumersEnabled || bound.problems.length) return bound.problems;
    return handlers.problems();
  }
}

/** Marks that are forgotten while the event can still be redriven. */
function shortMarks(
  handlers: readonly EventHandler[],
  { onFailure, deadLetter: { retentionMs } }: BusConnectionOptions['settings'],
): readonly string[] {
  if (retentionMs === null) return [];
  const short = handlers.filter(
    (handler) =>
      (handler.onFailure ?? onFailure) === 'deadLetter' &&
      handler.idempotent !== undefined &&
      handler.idempotent.ttlMs < retentionMs,
  );
  return [...new Map(short.map((handler) => [handler.name, handler])).values()].map(
    ({ name, idempotent }) =>
      `Handler ${name} forgets after ${durationText(idempotent!.ttlMs)} (ttl) that it has handled an event, but its dead letters can be redriven for ` +
      `${durationText(retentionMs)} (deadLetter.retention). A later redrive may call it again for an event that it has handled. ` +
      `To prevent this, set a ttl of at least ${durationText(retentionMs)} (idempotency.ttl, or idempotent: { ttl } of the handler)`,
  );
}

/** Time for a transport to end its connections when the producer used up the whole deadline. */
const CLOSE_AT_LEAST_MS = 1_000;

function problemsOf(check: () => void): readonly ConfigurationProblem[] {
  try {
    check();
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}
