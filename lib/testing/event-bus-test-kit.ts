import { monotonicNow } from '../common/clocks.js';
import type { INestApplicationContext } from '@nestjs/common';
import type { DeadLetter, RedrivenLetter } from '../consuming/dead-letters/dead-letters.js';
import { isWaiting } from '../consuming/later-retries/waiting-record.js';
import { isLetter } from '../consuming/dead-letters/letter.js';
import { codecFor } from '../codec/event-codec.js';
import { ConfigurationError } from '../errors/index.js';
import {
  getEventBusToken,
  DEFAULT_EVENT_BUS,
  getEventBusSettingsToken,
  getEventCatalogToken,
} from '../event-bus.constants.js';
import type { Bus } from '../event-bus.assembly.js';
import { type EventCatalog, matchesPattern } from '../events/event-catalog.js';
import type { EventDefinition } from '../events/event-definition.js';
import type { EventMetadata, EventMetadataInput } from '../events/event-metadata.js';
import type { EventData, EventInput, KnownEvent } from '../events/event-types.js';
import type { ResolvedSettings } from '../settings/event-bus-settings.js';
import { MemoryBroker } from '../transport/memory/index.js';
import { fullTopic, topicWithoutPrefix } from '../transport/topic-prefix.js';
import type { RecordPosition } from '../transport/transport.interface.js';
import { RecordEndings } from './assertions.js';
import { skipDelays, TestClock, type TestClockMode } from './test-clock.js';

/** An event that the application sent. */
export interface SentEvent<E extends KnownEvent> {
  /** The topic without the environment prefix. */
  readonly topic: string;
  /** As a handler would receive it: decoded from the Avro bytes that were sent. */
  readonly data: EventData<E>;
  /** As a handler would receive it. */
  readonly metadata: EventMetadata;
}

/** How `EventBusTestKit.emit` puts an event on its topic. Every option may be left out. */
export interface TestEmitOptions {
  /** Without the environment prefix. Default: the topic of the event's handlers; needed where they have several. */
  readonly topic?: string | undefined;
  /** Metadata in place of the defaults, field by field, as another service would have written it. */
  readonly metadata?: EventMetadataInput | undefined;
  /** How long the handlers may take, in ms. Default 4,000: less than a test may take in most runners. */
  readonly timeout?: number | undefined;
}

/** Which bus an `EventBusTestKit` is for, and how that waits. Every option may be left out. */
export interface TestKitOptions {
  /** The name of the bus. Default: the bus that has none. */
  readonly bus?: string | undefined;
  /** How handlers wait for their next attempt. Default `system`. */
  readonly clock?: TestClockMode | undefined;
}

const TIMEOUT_MS = 4_000;

/**
 * Plays the rest of Open edX in a test of your application, whose bus has the in-memory transport
 * (`memoryTransport()` or `EVENT_BUS_TRANSPORT=memory`): events go to your handlers, and come from
 * your producers, as Avro bytes.
 *
 * Handlers are retried as configured, after the delays that are configured unless `clock` says otherwise.
 */
export class EventBusTestKit {
  private readonly emitted = new Set<string>();
  /** Calls of `emit` and `redrive` that have not ended. */
  private open = 0;
  private manualClock: TestClock | undefined;

  private constructor(
    private readonly bus: Bus,
    private readonly broker: MemoryBroker,
    private readonly catalog: EventCatalog,
    private readonly prefix: string | undefined,
  ) {}

  /**
   * The kit of a bus of an application: of the one named, or of the one that has no name. Throws ConfigurationError
   * where the bus has another transport.
   */
  static of(app: INestApplicationContext, options: string | TestKitOptions = {}): EventBusTestKit {
    const named = typeof options === 'string' ? { bus: options } : options;
    const { bus = DEFAULT_EVENT_BUS, clock = 'system' } = named;
    const anywhere = { strict: false };
    const of = app.get<Bus>(getEventBusToken(bus), anywhere);
    const broker = of.parts.transport.unwrap<unknown>();
    if (!(broker instanceof MemoryBroker))
      throw problem(
        `transport of bus ${bus}`,
        'another transport',
        'memoryTransport(), which EventBusTestKit requires',
      );
    const { topicPrefix } = app.get<ResolvedSettings>(getEventBusSettingsToken(bus), anywhere);
    const catalog = app.get<EventCatalog>(getEventCatalogToken(bus), anywhere);
    const kit = new EventBusTestKit(of, broker, catalog, topicPrefix);
    const passed = (ms: number): void => broker.skip(ms);
    if (clock === 'instant') skipDelays(of.delays, passed);
    if (clock === 'manual') {
      broker.stopClock();
      kit.manualClock = new TestClock(of.delays, () => kit.open > 0, passed);
    }
    return kit;
  }

  /** The clock of a kit with `clock: 'manual'`. Throws ConfigurationError where it has another one. */
  get clock(): TestClock {
    if (this.manualClock) return this.manualClock;
    throw problem('clock of EventBusTestKit.of', 'a clock that moves by itself', "'manual'");
  }

  /**
   * Puts an event on its topic, as another service would, and resolves when every group that reads
   * the topic has handled it. Rejects with the error of a handler that failed to the end
   * (HandlersFailedError), with SendTimeoutError when the time is up, with ConfigurationError when no
   * handler receives the event, and as `EventBusProducer.send` for data that cannot be sent.
   */
  emit<E extends KnownEvent>(
    event: E,
    data: EventInput<E>,
    options: TestEmitOptions = {},
  ): Promise<void> {
    this.open++;
    const handled = this.emitOne(event, data, options).finally(() => this.open--);
    // The test moves the clock before it looks at the result.
    if (this.manualClock) handled.catch(() => undefined);
    return handled;
  }

  /**
   * What the application itself has sent of an event so far, oldest first within each topic, after
   * all sends begun have their outcome. Without an event: of all events that the bus knows, with the type in `metadata.type`.
   */
  async sent<E extends KnownEvent = EventDefinition>(event?: E): Promise<readonly SentEvent<E>[]> {
    await this.bus.producer.flush();
    const wanted = event && this.definitionOf(event).type;
    const sent: SentEvent<E>[] = [];
    for (const partition of this.broker.allTopics().flatMap(({ partitions }) => partitions)) {
      for (const { offset, record } of partition.all()) {
        const position = partition.position(offset);
        if (this.emitted.has(errorContext(position)) || isLetter(record) || isWaiting(record))
          continue;
        const received = await this.bus.parts.wire.fromRecord(record, position);
        if (wanted !== undefined && received.type !== wanted) continue;
        const definition = this.catalog.get(received.type);
        if (!definition) continue;
        const topic = topicWithoutPrefix(this.prefix, record.topic);
        const data = codecFor(definition).decode(
          received.body,
          received.writerSchema,
        ) as EventData<E>;
        sent.push({ topic, data, metadata: received.metadata });
      }
    }
    return sent;
  }

  /**
   * The open dead letters, oldest first within each topic, after all sends begun have their outcome. With an event: those
   * of that event.
   */
  async deadLetters(event?: KnownEvent): Promise<readonly DeadLetter[]> {
    await this.bus.producer.flush();
    const query = event ? { eventType: this.definitionOf(event).type } : {};
    const letters: DeadLetter[] = [];
    for await (const letter of this.bus.deadLetters.all(query)) letters.push(letter);
    return letters;
  }

  /**
   * Redrives dead letters to the handlers that failed, and resolves when they are done: with what became of each. With an
   * event: the letters of that event. Rejects as `DeadLetters.redrive`.
   */
  async redrive(event?: KnownEvent): Promise<readonly RedrivenLetter[]> {
    const letters = await this.deadLetters(event);
    const redriven: RedrivenLetter[] = [];
    if (letters.length === 0) return redriven;
    const query = { id: letters.map(({ id }) => id) };
    this.open++;
    try {
      for await (const one of this.bus.deadLetters.redrive(query)) redriven.push(one);
    } finally {
      this.open--;
    }
    return redriven;
  }

  /** @internal The definition by which the bus reads the event. */
  definitionOf(event: KnownEvent): EventDefinition {
    return this.catalog.require(typeof event === 'string' ? event : event.type);
  }

  private async emitOne<E extends KnownEvent>(
    event: E,
    data: EventInput<E>,
    { topic: named, metadata, timeout = TIMEOUT_MS }: TestEmitOptions,
  ): Promise<void> {
    const type = typeof event === 'string' ? event : event.type;
    const topic = named ?? this.topicOf(type);
    const { parts, producer, handlers, recordEnds } = this.bus;
    const deadline = monotonicNow() + timeout;
    const options = { topic, ...(metadata && { metadata }) };
    const [prepared] = producer.prepare(event, data, options);
    const record = await parts.wire.toRecord(prepared!, fullTopic(this.prefix, topic), deadline);
    const groups = [...handlers.subscriptions()].filter(([, topics]) => topics.includes(topic));
    const endings = new RecordEndings(recordEnds);
    try {
      const outcome = (await parts.transport.publish([record], deadline))[0]!;
      if (outcome.status !== 'sent') throw outcome.error;
      const position = outcome.receipt.position!;
      this.emitted.add(errorContext(position));
      const names = groups.map(([group]) => group);
      const ends = await endings.of(position, names, { deadline, type, id: prepared!.metadata.id });
      const failed = ends.find(({ error }) => error !== undefined);
      if (failed?.error) throw failed.error;
      if (!ends.some(({ result }) => result === 'handled' || result === 'duplicate'))
        throw problem(`handlers of ${type} on topic ${topic}`, 'none', 'at least one');
    } finally {
      endings.close();
    }
  }

  private topicOf(type: string): string {
    const rows = this.bus.handlers.table().filter(({ pattern }) => matchesPattern(pattern, type));
    const topics = [...new Set(rows.flatMap((row) => row.topics))];
    if (topics.length === 1) return topics[0]!;
    const found = topics.length === 0 ? 'no topic' : topics.join(', ');
    throw problem(
      `topic of the handlers of ${type}`,
      found,
      'exactly one topic, or the option `topic` of emit',
    );
  }
}

function errorContext({ topic, partition, offset }: RecordPosition): string {
  return `${topic}/${partition}/${offset}`;
}

function problem(setting: string, found: string, allowed: string): ConfigurationError {
  return new ConfigurationError([{ setting, found, allowed }]);
}
