import {
  getEventBusToken,
  DEFAULT_EVENT_BUS,
  getEventBusOptionsToken,
  getEventBusSettingsToken,
  getEventCatalogToken,
} from '../event-bus.constants.js';
import type { INestApplicationContext, Type, DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ConsumerRuntime } from '../consuming/consumer-runtime.js';
import { withoutConsuming } from '../lifecycle/consumer-lifecycle.js';
import type { RecordEnd } from '../consuming/observing/consuming-observer.js';
import { type EventHandler, HandlerRegistry } from '../consuming/handlers/handler-registry.js';
import { EventReplay, type ReplayRange } from '../consuming/event-replay.js';
import { ConfigurationError } from '../errors/index.js';
import type { Bus } from '../event-bus.assembly.js';
import { type EventBusOptions } from '../event-bus.options.js';
import type { EventCatalog } from '../events/event-catalog.js';
import { noTelemetry } from '../observability/event-bus-telemetry.js';
import type { EventBusProducer } from '../producing/event-bus-producer.js';
import { runInsideHandler } from '../producing/event-preparer.js';
import type { ResolvedSettings } from '../settings/event-bus-settings.js';
import {
  listeningToValues,
  type ResolvedValue,
  type ValueListener,
} from '../settings/resolved-values.js';
import { prefixWarnings } from '../transport/topic-prefix.js';
import type { TransportCapabilities } from '../transport/transport.interface.js';
import type {
  CliHost,
  ConsumeRequest,
  Consumption,
  OpenedBus,
  OpenedDeadLetters,
  OpenedSchemas,
  ResolvedConfiguration,
} from './command.js';
import type { CommandIo } from './cli-io.js';
import { consumptionOf, oneInHand, startOf } from './record-printer.js';
import { openedSchemas } from './commands/generate-avro-schemas.js';

export type ApplicationModule = Type<unknown> | DynamicModule | Promise<DynamicModule>;

/** A bus of an application. The application is booted when first needed; it consumes nothing by itself. */
export class ApplicationHost implements CliHost {
  readonly hasHandlers = true;
  private booting: Promise<INestApplicationContext> | undefined;
  private closing: Promise<void> | undefined;
  private told: ValueListener = () => undefined;

  constructor(
    private readonly module: ApplicationModule,
    private readonly io: Pick<CommandIo, 'logger'>,
    private readonly name = DEFAULT_EVENT_BUS,
  ) {}

  catalog(): Promise<EventCatalog> {
    return this.part<EventCatalog>(getEventCatalogToken(this.name));
  }

  async configuration(): Promise<ResolvedConfiguration> {
    const values: ResolvedValue[] = [];
    this.told = (bus, value) => {
      if (bus === this.name) values.push(value);
    };
    try {
      await this.settings();
      return { values, problems: [] };
    } catch (error) {
      return error instanceof ConfigurationError
        ? { values, problems: error.problems }
        : { values, problems: [], failure: error };
    }
  }

  async capabilities(): Promise<TransportCapabilities> {
    return (await this.part<Bus>(getEventBusToken(this.name))).parts.transport.capabilities;
  }

  async producer(topic: string): Promise<EventBusProducer> {
    const { topicPrefix } = await this.settings();
    const { producer, logger } = await this.part<Bus>(getEventBusToken(this.name));
    for (const warning of prefixWarnings(topicPrefix, [topic])) logger.warn(warning);
    return producer;
  }

  /** Throws ConfigurationError when the application has no handler for the topic and group. */
  async consumption(request: ConsumeRequest): Promise<Consumption> {
    const settings = await this.settings();
    const runtime = new ConsumerRuntime({
      ...(await this.consuming(request, 'consume-events -t, -g')),
      settings: request.oneAtATime ? oneInHand(settings) : settings,
      ...startOf(request, settings.topicPrefix),
      onFatal: request.onFatal,
      onRecordEnd: request.onRecordEnd,
    });
    return consumptionOf(runtime, settings);
  }

  async bus(): Promise<OpenedBus> {
    const { topicPrefix, shutdownTimeoutMs } = await this.settings();
    const { transport } = (await this.part<Bus>(getEventBusToken(this.name))).parts;
    return { transport, topicPrefix, shutdownTimeoutMs };
  }

  async schemas(): Promise<OpenedSchemas> {
    const settings = await this.settings();
    const { parts, traits } = await this.part<Bus>(getEventBusToken(this.name));
    return openedSchemas(parts, settings, traits);
  }

  async knownTopics(): Promise<readonly string[]> {
    const { producerConfig } = await this.settings();
    const { handlers } = await this.part<Bus>(getEventBusToken(this.name));
    const routed = Object.values(producerConfig).flatMap((topics) => Object.keys(topics));
    return [...routed, ...handlers.all().flatMap(({ topics }) => topics)];
  }

  async replay(range: ReplayRange, onRecordEnd: (end: RecordEnd) => void): Promise<EventReplay> {
    const options = await this.consuming(range, 'replay-events -t, -g');
    return new EventReplay({ ...options, onRecordEnd }, range);
  }

  async deadLetters(): Promise<OpenedDeadLetters> {
    const settings = await this.settings();
    const { deadLetters, parts } = await this.part<Bus>(getEventBusToken(this.name));
    const { capabilities } = parts.transport;
    const bus = { transport: parts.transport, settings };
    return {
      letters: deadLetters,
      bus,
      capabilities,
      shutdownTimeoutMs: settings.shutdownTimeoutMs,
    };
  }

  close(): Promise<void> {
    return (this.closing ??= this.end());
  }

  private async end(): Promise<void> {
    const app = await this.booting?.catch(() => undefined);
    await app?.close();
  }

  private settings(): Promise<ResolvedSettings> {
    return this.part<ResolvedSettings>(getEventBusSettingsToken(this.name));
  }

  private async consuming(place: { topic: string; group: string }, asked: string) {
    const settings = await this.settings();
    const { telemetry = noTelemetry, onDeadLetter } = await this.part<EventBusOptions>(
      getEventBusOptionsToken(this.name),
    );
    const { parts, traits, status, handlers, marks, logger } = await this.part<Bus>(
      getEventBusToken(this.name),
    );
    return {
      settings,
      traits,
      parts,
      catalog: await this.catalog(),
      handlers: handlersOf(handlers.all(), place, settings.group, asked),
      status,
      telemetry,
      logger,
      ...{ onDeadLetter, marks },
      aroundEvent: runInsideHandler,
    };
  }

  private async part<T>(token: string): Promise<T> {
    this.booting ??= listeningToValues(
      (bus, value) => this.told(bus, value),
      () =>
        withoutConsuming(() =>
          NestFactory.createApplicationContext(this.module, {
            logger: this.io.logger,
            abortOnError: false,
          }),
        ),
    );
    return (await this.booting).get<T>(token, { strict: false });
  }
}

/**
 * The application's handlers of the topic, as members of the group that the command names: those
 * declared for that group, and those that left their group to the settings.
 */
function handlersOf(
  all: readonly EventHandler[],
  { topic, group }: { topic: string; group: string },
  settingsGroup: string | undefined,
  asked: string,
): HandlerRegistry {
  const registry = new HandlerRegistry();
  const chosen = all.filter(
    (handler) =>
      (handler.group === group || handler.group === settingsGroup) &&
      (handler.topics.length === 0 || handler.topics.includes(topic)),
  );
  for (const handler of chosen)
    registry.add({
      name: handler.name,
      pattern: handler.pattern,
      retry: handler.retry,
      onFailure: handler.onFailure,
      classify: handler.classify,
      idempotent: handler.idempotent,
      target: handler.target,
      group,
      topics: [topic],
      invoke: (data, context) => handler.invoke(data, context),
      failed: (error) => handler.failed?.(error),
      succeeded: () => handler.succeeded?.(),
    });
  if (chosen.length === 0)
    throw new ConfigurationError([
      {
        setting: asked,
        found: `topic ${topic}, group ${group}`,
        allowed: `a topic and group for which this application has a handler: ${placesOf(all) || 'it has no handlers'}`,
      },
    ]);
  return registry;
}

function placesOf(all: readonly EventHandler[]): string {
  const places = all.map(({ topics, group }) => `${topics.join(', ') || 'any topic'} in ${group}`);
  return [...new Set(places)].join('; ');
}
