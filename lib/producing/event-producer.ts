import { importContext } from '../common/async-contexts.js';
import { monotonicNow } from '../common/clocks.js';
import { ATTRIBUTE } from '../observability/attributes.js';
import { METRIC } from '../observability/metrics.js';
import { ConfigurationError, SendError } from '../errors/index.js';
import type { EventCatalog } from '../events/event-catalog.js';
import type { EventInput, KnownEvent } from '../events/event-types.js';
import type { EventBusTelemetry } from '../observability/event-bus-telemetry.js';
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
import { type ObservedSend, SendObserver } from './send-observer.js';
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
  private readonly observer: SendObserver | undefined;
  private readonly forgetGauge: (() => void) | undefined;

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
    this.observer = SendObserver.of({ ...options, bus: settings.bus });
    this.batcher = new SendBatcher({
      parts,
      maxBufferedRecords: settings.maxBufferedRecords,
      ...(this.observer?.traces && { context: importContext }),
    });
    this.forgetGauge = options.telemetry.gauge?.(METRIC.buffered, () => [
      { value: this.batcher.size, attributes: { [ATTRIBUTE.bus]: settings.bus } },
    ]);
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
      this.reporter.refused(refusalOf(error, type));
    }
  }

  override prepare<E extends KnownEvent>(
    event: E,
    data: EventInput<E>,
    options?: SendOptions,
  ): readonly PreparedEvent[] {
    try {
      const { events } = this.prepareAll(event, data, sendOptionsOf(options));
      return this.observer?.prepared(events) ?? events;
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
    this.forgetGauge?.();
  }

  private prepareAll(event: KnownEvent, data: unknown, options: SendOptions): Preparation {
    const preparation = this.preparer.prepare(event, data, options);
    this.reporter.disabled(preparation.disabled);
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
    const { observer } = this;
    const sends = observer && events.map((e, i) => observer.begin(e, topics[i]!));
    const records = sends ? sends.map(({ event }) => event) : events;
    return new Promise<SendResult>((resolve, reject) => {
      const outcomes: PublishOutcome[] = [];
      let waiting = events.length;
      const told = (outcome: PublishOutcome, i: number): void => {
        try {
          outcomes[i] = outcome;
          waiting--;
          sends?.[i]!.end(outcome);
          this.reporter.report(records[i]!, topics[i]!, outcome, sender);
          if (waiting === 0) resolve(resultOf(id, type, topics, outcomes));
        } catch (error) {
          reject(asError(error));
        }
      };
      try {
        this.submit(records, topics, monotonicNow() + timeout, told, sends);
        if (events.length === 0) resolve(resultOf(id, type, topics, outcomes));
      } catch (thrown) {
        const error = asError(thrown);
        const outcome = { status: 'notSent', error } as const;
        for (const send of sends ?? []) send.reject(error);
        records.forEach((e, i) => this.reporter.report(e, topics[i]!, outcome, sender));
        reject(error);
      }
    });
  }

  /** What is done for a record within this turn, such as asking a registry, is done inside its span. */
  private submit(
    records: readonly PreparedEvent[],
    topics: readonly string[],
    deadline: number,
    told: (outcome: PublishOutcome, i: number) => void,
    sends: readonly ObservedSend[] | undefined,
  ): void {
    const submit = (): void => this.batcher.submit(records, topics, deadline, told);
    const span = sends?.length === 1 ? sends[0]!.span : undefined;
    if (span) span.run(submit);
    else submit();
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
