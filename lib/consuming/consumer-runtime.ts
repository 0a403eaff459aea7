import { importContext } from '../common/async-contexts.js';
import { monotonicNow } from '../common/clocks.js';
import { codeOf, errorFields } from '../errors/error-code.js';
import { messageOf } from '../errors/foreign-error.js';
import {
  ConfigurationError,
  ConnectError,
  EventBusError,
  type TooManyErrorsError,
} from '../errors/index.js';
import {
  type ConsumerRuntimeOptions,
  processingContext,
  type ProcessingContext,
  flushWarnings,
} from './processing/processing-context.js';
import { Deadline } from './deadline.js';
import { showStatus } from './observing/bus-gauges.js';
import { LagWatch } from './observing/lag-watch.js';
import { OldestRecords } from './observing/oldest-records.js';
import type { DeadLetterTopic } from '../transport/dead-letter-store.interface.js';
import { fullTopic } from '../transport/topic-prefix.js';
import type { GroupReading } from './subscribing/group-subscription.js';
import { SubscriptionSupervisor } from './subscribing/subscription-supervisor.js';
import { LoopWatch } from './processing/loop-budget.js';
import { durationText } from '../settings/duration.js';
import { retryReadings } from './later-retries/retry-readings.js';
import { redriveTopic } from './redrive-requests/redrive-messages.js';
import { redriveReadings } from './redrive-requests/redrive-readings.js';
import { RedriveWorker } from './redrive-requests/redrive-worker.js';
import { TransportConnector } from './transport-connector.js';

/** Receives and handles the events of one bus; sole owner of its running state. */
export class ConsumerRuntime {
  private readonly parts: ProcessingContext;
  private readonly link: TransportConnector;
  private readonly loop: LoopWatch;
  private readonly lag: LagWatch | undefined;
  private readonly oldest: OldestRecords;
  private endGauges: (() => void) | undefined;
  private connected: Promise<void> | undefined;
  private started: Promise<void> | undefined;
  /** Of the handlers. */
  private reading: readonly SubscriptionSupervisor[] = [];
  /** Of the handlers, and of their later retries. */
  private groups: readonly SubscriptionSupervisor[] = [];
  private requests: readonly SubscriptionSupervisor[] = [];
  private deadline: Deadline | undefined;
  private closing: Promise<void> | undefined;
  private draining: Promise<void> | undefined;
  private ended = false;

  constructor(private readonly options: ConsumerRuntimeOptions) {
    this.parts = processingContext(
      { ...options, retriesLater: true },
      {
        halted: (error) => this.fatal(error),
        tooManyErrors: (error) => this.tooManyErrors(error),
      },
    );
    const { settings, status, logger } = options;
    this.loop = new LoopWatch(status, logger);
    const { telemetry, traits } = options;
    const { transport } = options.parts;
    const { bus, topicPrefix } = settings;
    const watched = { bus, topicPrefix, telemetry, transport, logger };
    this.oldest = new OldestRecords({
      ...{ ...watched, status },
      readings: () => (settings.consumersEnabled ? this.reading : undefined),
      groups: () => options.handlers.subscriptions(),
    });
    this.lag = LagWatch.of({
      ...{ ...watched, traits },
      groups: () => this.groupsRead(),
      letterTopics: () => this.letterTopics().map(({ name }) => name),
    });
    this.link = new TransportConnector({
      transport: options.parts.transport,
      settings,
      status,
      logger,
      backoff: this.parts.timing.serviceFault,
    });
  }

  /**
   * Connects the transport. With `connect: 'fail'` rejects with ConnectError after
   * `connectTimeoutMs`; with `'background'` resolves at once and keeps trying until drained.
   * Idempotent: one attempt at a time; after a rejection it may be called again.
   */
  connect(): Promise<void> {
    if (this.draining) return Promise.resolve();
    if (!this.connected) this.options.status.enter('connecting');
    // What goes on for as long as the bus lives belongs to no span, request or tenant of whoever starts it.
    this.connected ??= importContext.runInAsyncScope(() => this.firstConnect());
    return this.connected;
  }

  /** Whether it was told to start: handlers that come later are not subscribed. */
  get hasStarted(): boolean {
    return this.started !== undefined;
  }

  /**
   * Connects if that was not done and subscribes every group to its topics. Rejects with
   * ConfigurationError when a handler has no topic, and with ConnectError as `connect` does; with
   * `connect: 'background'` it subscribes as soon as the broker is there. With
   * `consumersEnabled: false`, or without handlers, it subscribes to nothing. Idempotent; after
   * `drain` it does nothing.
   */
  start(): Promise<void> {
    if (this.started) return this.started;
    const begun = importContext.runInAsyncScope(() => this.begin());
    this.started = begun.catch((error: unknown) => {
      this.started = undefined;
      throw error;
    });
    return this.started;
  }

  /**
   * Stops fetching, lets running handlers finish until `deadline` (by `monotonicNow`), settles, flushes and
   * leaves. What waits (in a lane or for a retry) is released and redelivered. At the deadline the
   * handlers' signals fire and the drain ends soon after (`leaveMs`). Idempotent; a later call may
   * only bring the deadline forward. Never rejects. The transport stays open: its owner closes it.
   */
  drain(deadline: number): Promise<void> {
    this.draining ??= this.drainOnce(deadline);
    this.deadline?.bringForward(deadline);
    return this.draining;
  }

  private async firstConnect(): Promise<void> {
    if (this.options.settings.connect === 'background') {
      void this.link.connectPatiently();
      return;
    }
    try {
      await this.link.connectOnce();
    } catch (error) {
      this.connected = undefined;
      this.options.status.enter('idle');
      throw error;
    }
  }

  private async begin(): Promise<void> {
    const { handlers, settings, status, logger } = this.options;
    if (settings.consumersEnabled) {
      handlers.validate();
      this.checkLetters();
      this.checkRetries();
    }
    await this.connect();
    if (this.closing) return;
    this.watch();
    if (!settings.consumersEnabled) {
      logger.warn(
        `Consumers of bus ${settings.bus} are disabled (consumersEnabled: false); this process receives no events`,
      );
      status.enter('paused');
      return;
    }
    const subscriptions = [...handlers.subscriptions()].map(([group, topics]) => ({
      group,
      topics,
    }));
    const supervise = (reading: GroupReading): SubscriptionSupervisor =>
      new SubscriptionSupervisor(this.parts, reading, (error) => this.fatal(error));
    this.reading = subscriptions.map(supervise);
    this.groups = [...this.reading, ...retryReadings(this.parts, handlers).map(supervise)];
    this.expectRecords();
    if (this.groups.length > 0) this.loop.start();
    if (settings.connect === 'background') void this.subscribePatiently();
    else await this.subscribe();
  }

  private async subscribe(): Promise<void> {
    const prepared = await Promise.allSettled([this.prepareTopics()]);
    const results = prepared.every(({ status }) => status === 'fulfilled')
      ? await Promise.allSettled(this.groups.map((group) => group.open()))
      : prepared;
    const failed = results.find((result) => result.status === 'rejected');
    if (this.closing) return;
    if (!failed) {
      this.options.status.enter('running');
      void this.takeRedriveRequests();
      return;
    }
    this.loop.stop();
    const { settings, status } = this.options;
    const limit = new Deadline(monotonicNow() + settings.shutdownTimeoutMs);
    await Promise.all(this.groups.map((group) => group.close(limit)));
    limit.clear();
    status.enter('idle');
    const error: unknown = failed.reason;
    if (error instanceof EventBusError) throw error;
    throw new ConnectError(
      `Bus ${settings.bus} could not subscribe to its topics, so it does not start: ${messageOf(error)}`,
      error,
    );
  }

  private async subscribePatiently(): Promise<void> {
    if (!(await this.link.connectPatiently())) return;
    // Whatever must be written to one of them asks again, and holds its record until there is a topic for it.
    await this.prepareTopics().catch((error: unknown) =>
      this.options.logger.error(
        `Bus ${this.options.settings.bus} cannot write dead letters or later retries at present. Consuming starts; a record that must become a dead letter, or wait for a later retry, pauses its partition or stream until it can be written: ${messageOf(error)}`,
        { code: codeOf(error) },
      ),
    );
    await Promise.all(this.groups.map((group) => group.openWithRetry()));
    if (this.closing) return;
    this.options.status.enter('running');
    await this.takeRedriveRequests();
  }

  /** Lets processes without handlers ask for redrives. Where that cannot be, everything else goes on. Never rejects. */
  private async takeRedriveRequests(): Promise<void> {
    const { redrives, handlers, parts, settings, logger } = this.options;
    const sources = this.parts.letters.topics.sources(handlers);
    if (!redrives || sources.length === 0) return;
    const refused = (group: string, error: unknown): void =>
      logger.warn(
        `Until it is restarted, this process takes no requests of the command "dead-letters redrive" for group ${group}; everything else works: ${messageOf(error)}`,
        { group, code: codeOf(error) },
      );
    const readings = redriveReadings(
      sources,
      (group) => {
        const { transport } = parts;
        return new RedriveWorker({ settings, transport, logger, letters: redrives }, group);
      },
      settings,
    );
    const ready = readings.map(async ({ group, topic, reading }) => {
      try {
        await parts.transport.deadLetters!.prepare(topic);
        return [new SubscriptionSupervisor(this.parts, reading, (error) => refused(group, error))];
      } catch (error) {
        refused(group, error);
        return [];
      }
    });
    const requests = (await Promise.all(ready)).flat();
    if (this.closing) return;
    this.requests = requests;
    await Promise.all(requests.map((one) => one.openWithRetry()));
  }

  /** Throws ConfigurationError where a record could become a dead letter that cannot be written. */
  private checkLetters(): void {
    const { handlers, parts } = this.options;
    const { topics } = this.parts.letters;
    const sources = topics.sources(handlers);
    const { topicPrefix } = this.options.settings;
    const retries = this.parts.retries!.topics;
    topics.check(sources, [
      ...retries.tiers(handlers).map((tier) => retries.of(tier).name),
      ...sources.map(({ group }) => fullTopic(topicPrefix, redriveTopic(topicPrefix, group))),
    ]);
    if (sources.length > 0 && !parts.transport.deadLetters)
      throw new ConfigurationError([
        {
          setting: 'onFailure',
          found: 'deadLetter',
          allowed: 'log or halt: this transport keeps no dead letters',
        },
      ]);
  }

  /** Throws ConfigurationError where a record could have to wait and cannot. */
  private checkRetries(): void {
    const { handlers, parts } = this.options;
    const [tier] = this.parts.retries!.topics.tiers(handlers);
    if (tier && !parts.transport.laterRetries)
      throw new ConfigurationError([
        {
          setting: 'retry.later',
          found: durationText(tier.delayMs),
          allowed: 'none: this transport has no later retries',
        },
      ]);
  }

  private async prepareTopics(): Promise<void> {
    const { letters, retries } = this.parts;
    const { handlers } = this.options;
    const kept = this.letterTopics();
    const waiting = retries!.topics.tiers(handlers).map((tier) => retries!.topics.of(tier));
    await Promise.all([
      ...kept.map((topic) => letters.prepare(topic)),
      ...waiting.map((topic) => retries!.prepare(topic)),
    ]);
  }

  /** Each group with its topics, those on which records wait for later retries too. */
  private groupsRead(): ReadonlyMap<string, readonly string[]> {
    const { handlers } = this.options;
    const waiting = retryReadings(this.parts, handlers);
    return new Map([
      ...handlers.subscriptions(),
      ...waiting.map(({ group, topics }) => [group, topics] as const),
    ]);
  }

  private letterTopics(): readonly DeadLetterTopic[] {
    const { topics } = this.parts.letters;
    return topics.sources(this.options.handlers).map((of) => topics.of(of));
  }

  /** Its metrics are there as long as it consumes, or watches others that do. */
  private watch(): void {
    const { settings, telemetry, status, parts } = this.options;
    const { transport } = parts;
    this.endGauges ??= showStatus({ bus: settings.bus, telemetry, status, transport });
    this.lag?.start();
    this.oldest.start();
  }

  /** What is watched of topics is measured before their first record. */
  private expectRecords(): void {
    const { handlers, settings } = this.options;
    const { letters, observer } = this.parts;
    const full = (topic: string): string => fullTopic(settings.topicPrefix, topic);
    for (const [group, topics] of handlers.subscriptions())
      for (const topic of topics) observer.expect(full(topic), group);
    for (const of of letters.topics.sources(handlers))
      observer.expect(full(of.topic), of.group, letters.topics.of(of).name);
  }

  private async drainOnce(deadline: number): Promise<void> {
    const { status } = this.options;
    status.enter('draining');
    this.link.stop();
    await this.close(deadline);
    status.enter('stopped');
  }

  private tooManyErrors(error: TooManyErrorsError): void {
    if (this.ended) return;
    this.fatal(error);
    void this.close(monotonicNow() + this.options.settings.shutdownTimeoutMs);
  }

  /** Consuming ended for good: seen in the status, told once. */
  private fatal(error: Error): void {
    this.options.status.fail(error);
    if (this.ended) return;
    this.ended = true;
    this.options.logger.error(
      `Bus ${this.options.settings.bus} stopped consuming; it does not resume before the process is restarted: ${messageOf(error)}`,
      errorFields(error),
    );
    this.options.onFatal(error);
  }

  private close(deadline: number): Promise<void> {
    this.closing ??= this.closeGroups((this.deadline = new Deadline(deadline)));
    this.deadline?.bringForward(deadline);
    return this.closing;
  }

  private async closeGroups(deadline: Deadline): Promise<void> {
    this.loop.stop();
    this.lag?.stop();
    this.oldest.stop();
    this.endGauges?.();
    const groups = [...this.groups, ...this.requests];
    await Promise.all(groups.map((group) => group.close(deadline)));
    await Promise.race([this.started?.catch(() => undefined), deadline.passed]);
    deadline.clear();
    flushWarnings(this.parts);
  }
}
