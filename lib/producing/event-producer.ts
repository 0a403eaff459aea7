import { monotonicNow } from '../common/clocks.js';
import { ConfigurationError, SendError } from '../errors/index.js';
import type { EventCatalog } from '../events/event-catalog.js';
import type { EventInput, KnownEvent } from '../events/event-types.js';
import { type EventBusTelemetry, noTelemetry } from '../observability/event-bus-telemetry.js';
import type { EventBusSettings } from '../settings/event-bus-settings.js';
import { fullTopic, prefixWarnings } from '../transport/topic-prefix.js';
import type { PublishOutcome } from '../transport/transport.interface.js';
import type {
  PreparedEvent,
  EventBusLogger,
  TransportParts,
  TransportTraits,
} from '../transport/wire-format.interface.js';
import { asError } from '../errors/thrown-values.js';
import {
  EventBusProducer,
  type SendOptions,
  type SendReceipt,
  type SendResult,
} from './event-bus-producer.js';
import { EventPreparer, type Preparation } from './event-preparer.js';
import { ProducerRoutes } from './producer-routes.js';
import { SendBatcher } from './send-batcher.js';
import { type SendFailureHook, type SendCounter, SendReporter } from './send-reporter.js';
import { publishableOf, refusalOf, sendOptionsOf, typeNamed } from './publishable.js';
import { settledBy } from '../common/deadline-timers.js';

export interface BusEventProducerOptions {
  readonly settings: Pick<
    EventBusSettings,
    | 'bus'
    | 'serviceName'
    | 'topicPrefix'
    | 'producerConfig'
    | 'writeAs'
    | 'auditLogging'
    | 'logEventData'
    | 'sendTimeoutMs'
    | 'maxBufferedRecords'
    | 'shutdownTimeoutMs'
  >;
  readonly parts: TransportParts;
  readonly traits: TransportTraits;
  readonly catalog: Pick<EventCatalog, 'get' | 'all' | 'require'>;
  readonly counter: SendCounter;
  readonly telemetry: EventBusTelemetry;
  readonly logger: EventBusLogger;
  readonly onSendFailure?: SendFailureHook | undefined;
}

/** The producer of one bus. It uses the transport; who made the transport connects and closes it. */
export class BusEventProducer extends EventBusProducer {
  private readonly routes: ProducerRoutes;
  private readonly preparer: EventPreparer;
  private readonly batcher: SendBatcher;
  private readonly reporter: SendReporter;

  constructor(private readonly options: BusEventProducerOptions) {
    super();
    const { settings, parts, traits, catalog } = options;
    this.routes = new ProducerRoutes(settings.producerConfig);
    this.preparer = new EventPreparer({
      catalog,
      routes: this.routes,
      serviceName: settings.serviceName,
      writeAs: settings.writeAs,
      writesKeys: traits.writesKeys,
    });
    this.batcher = new SendBatcher({
      parts,
      maxBufferedRecords: settings.maxBufferedRecords,
    });
    this.reporter = new SendReporter({ ...settings, ...options });
  }

  /** Throws ConfigurationError when a route cannot work. To be called at start, with all events known. */
  checkRoutes(): void {
    for (const warning of this.routes.check(this.options.catalog, this.options.traits))
      this.options.logger.warn(warning);
    const { topicPrefix } = this.options.settings;
    for (const warning of prefixWarnings(topicPrefix, this.routes.topics()))
      this.options.logger.warn(`EVENT_BUS_PRODUCER_CONFIG: ${warning}`);
  }

  override send<E extends KnownEvent>(
    event: E,
    data: EventInput<E>,
    options?: SendOptions,
  ): Promise<SendResult> {
    try {
      const given = sendOptionsOf(options);
      return this.sendPrepared(this.prepareAll(event, data, given), given.timeout);
    } catch (error) {
      return Promise.reject(refusalOf(error, typeNamed(event)));
    }
  }

  override emit<E extends KnownEvent>(event: E, data: EventInput<E>, options?: SendOptions): void {
    try {
      const given = sendOptionsOf(options);
      // What goes wrong once it is prepared is reported for each record.
      this.sendPrepared(this.prepareAll(event, data, given), given.timeout).catch(() => undefined);
    } catch (error) {
      const type = typeNamed(event);
      this.reporter.refused(type, refusalOf(error, type));
    }
  }

  override prepare<E extends KnownEvent>(
    event: E,
    data: EventInput<E>,
    options?: SendOptions,
  ): readonly PreparedEvent[] {
    try {
      return this.prepareAll(event, data, sendOptionsOf(options)).events;
    } catch (error) {
      throw refusalOf(error, typeNamed(event));
    }
  }

  override async publish(
    prepared: PreparedEvent,
    options?: { timeout?: number },
  ): Promise<SendReceipt> {
    const event = publishableOf(prepared, this.options.catalog);
    const { id, type } = event.metadata;
    const only = { id, type, events: [event], disabled: 0 };
    const { receipts } = await this.sendPrepared(only, sendOptionsOf(options).timeout);
    return receipts[0]!;
  }

  override async flush(timeout = this.options.settings.shutdownTimeoutMs): Promise<void> {
    const deadline = monotonicNow() + timeout;
    await this.batcher.flush(deadline);
    await settledBy(deadline, this.reporter.settled());
  }

  /**
   * Takes no more events and waits until `deadline` (by `monotonicNow`) for those begun: each ends confirmed
   * or reported. Never rejects. Idempotent. To be called before the transport is closed.
   */
  async close(deadline: number): Promise<void> {
    await this.batcher.close(deadline);
    await settledBy(Math.max(deadline, monotonicNow() + 100), this.reporter.settled());
    this.reporter.flush();
  }

  private prepareAll(event: KnownEvent, data: unknown, options: SendOptions): Preparation {
    const preparation = this.preparer.prepare(event, data, options);
    this.reporter.disabled(preparation.type, preparation.disabled);
    return preparation;
  }

  /** Submits before it returns, so that the order of calls is the order of records. */
  private sendPrepared(
    { id, type, events }: Preparation,
    timeout: number = this.options.settings.sendTimeoutMs,
  ): Promise<SendResult> {
    assertTimeout(timeout);
    const topics = events.map((e) => fullTopic(this.options.settings.topicPrefix, e.topic));
    const sender = this.reporter.senderContext();
    const sent = new Promise<SendResult>((resolve, reject) => {
      const outcomes: PublishOutcome[] = [];
      let waiting = events.length;
      const told = (outcome: PublishOutcome, i: number): void => {
        try {
          outcomes[i] = outcome;
          waiting--;
          this.reporter.report(events[i]!, topics[i]!, outcome, sender);
          if (waiting === 0) resolve(resultOf(id, type, topics, outcomes));
        } catch (error) {
          reject(asError(error));
        }
      };
      try {
        this.batcher.submit(events, topics, monotonicNow() + timeout, told);
        if (events.length === 0) resolve(resultOf(id, type, topics, outcomes));
      } catch (thrown) {
        const error = asError(thrown);
        const outcome = { status: 'notSent', error } as const;
        events.forEach((e, i) => this.reporter.report(e, topics[i]!, outcome, sender));
        reject(error);
      }
    });
    const { settings, telemetry } = this.options;
    if (telemetry === noTelemetry) return sent;
    const place = { bus: settings.bus, event_type: type, topic: topics.join(','), message_id: id };
    return telemetry.span('event_bus.send', place, () => sent);
  }
}

function assertTimeout(timeout: unknown): asserts timeout is number {
  if (typeof timeout === 'number' && timeout > 0 && timeout < 2 ** 31) return;
  const allowed = 'a positive number of milliseconds';
  throw new ConfigurationError([
    { setting: 'send option timeout', found: shownTimeout(timeout), allowed },
  ]);
}

const shownTimeout = (timeout: unknown): string =>
  typeof timeout === 'number' ? String(timeout) : typeof timeout;

/** The result of a send, from the outcome on each of its full topics. Throws SendError unless all were sent. */
export function resultOf(
  id: string,
  type: string,
  topics: readonly string[],
  outcomes: readonly PublishOutcome[],
): SendResult {
  const receipts: SendReceipt[] = [];
  outcomes.forEach((outcome, i) => {
    if (outcome.status !== 'sent') return;
    receipts.push({ topic: topics[i]!, position: outcome.receipt.position });
  });
  if (receipts.length === outcomes.length) return { id, type, receipts };
  const topicOutcomes = outcomes.map((outcome, i) => ({
    topic: topics[i]!,
    status: outcome.status,
    ...(outcome.status === 'sent' ? {} : { error: outcome.error }),
  }));
  throw new SendError(topicOutcomes, { eventType: type, eventId: id });
}
