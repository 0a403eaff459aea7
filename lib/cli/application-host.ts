import type { INestApplicationContext, Type, DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ConsumerRuntime } from '../consuming/consumer-runtime.js';
import { withoutConsuming } from '../consuming/consumer-gate.js';
import type { EventHandler } from '../consuming/event-handler.interface.js';
import { HandlerRegistry } from '../consuming/handler-registry.js';
import { ConfigurationError } from '../errors/index.js';
import type { Bus } from '../event-bus.assembly.js';
import {
  busToken,
  DEFAULT_BUS,
  eventBusOptionsToken,
  eventBusSettingsToken,
  eventCatalogToken,
} from '../event-bus.constants.js';
import type { EventBusOptions } from '../event-bus.options.js';
import type { EventCatalog } from '../events/event-catalog.js';
import { noTelemetry } from '../observability/event-bus-telemetry.js';
import type { EventBusProducer } from '../producing/event-bus-producer.js';
import { runInsideHandler } from '../producing/loop-guard.js';
import type { ResolvedSettings } from '../settings/resolved-settings.js';
import type { CliHost, ConsumeRequest, Consumption } from './cli-host.interface.js';
import type { CliIo } from './cli-io.js';
import { consumptionOf, oneInHand, startOf } from './consumption.js';
import { StderrLogger } from './stderr-logger.js';

export type ApplicationModule = Type<unknown> | DynamicModule | Promise<DynamicModule>;

/** A bus of an application. The application is booted when first needed; it consumes nothing by itself. */
export class ApplicationHost implements CliHost {
  readonly hasHandlers = true;
  private booting: Promise<INestApplicationContext> | undefined;
  private closing: Promise<void> | undefined;

  constructor(
    private readonly module: ApplicationModule,
    private readonly io: CliIo,
    private readonly bus = DEFAULT_BUS,
  ) {}

  catalog(): Promise<EventCatalog> {
    return this.part<EventCatalog>(eventCatalogToken(this.bus));
  }

  async producer(): Promise<EventBusProducer> {
    return (await this.part<Bus>(busToken(this.bus))).producer;
  }

  /** Throws ConfigurationError when the application has no handler for the topic and group. */
  async consumption(request: ConsumeRequest): Promise<Consumption> {
    const settings = await this.part<ResolvedSettings>(eventBusSettingsToken(this.bus));
    const options = await this.part<EventBusOptions>(eventBusOptionsToken(this.bus));
    const catalog = await this.catalog();
    const { parts, status, handlers, logger } = await this.part<Bus>(busToken(this.bus));
    const { transport } = settings;
    const runtime = new ConsumerRuntime({
      settings: request.oneAtATime ? oneInHand(settings) : settings,
      transportName: typeof transport === 'string' ? transport : transport.transportName,
      parts,
      catalog,
      handlers: handlersOf(handlers.all(), request, settings.group),
      status,
      telemetry: options.telemetry ?? noTelemetry,
      logger,
      aroundEvent: (context, run) => runInsideHandler(context.type, run),
      ...startOf(request, settings.topicPrefix),
      onFatal: request.onFatal,
      onRecordEnd: request.onRecordEnd,
    });
    return consumptionOf(runtime, settings);
  }

  close(): Promise<void> {
    return (this.closing ??= this.end());
  }

  private async end(): Promise<void> {
    const app = await this.booting?.catch(() => undefined);
    await app?.close();
  }

  private async part<T>(token: string): Promise<T> {
    this.booting ??= withoutConsuming(() =>
      NestFactory.createApplicationContext(this.module, {
        logger: new StderrLogger(this.io.stderr),
        abortOnError: false,
      }),
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
  { topic, group }: ConsumeRequest,
  settingsGroup: string | undefined,
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
      target: handler.target,
      group,
      topics: [topic],
      invoke: (data, context) => handler.invoke(data, context),
    });
  if (chosen.length === 0)
    throw new ConfigurationError([
      {
        setting: 'consume-events -t, -g',
        found: `topic ${topic}, group ${group}`,
        allowed: `a topic and group of a handler: ${placesOf(all) || 'this application has none'}`,
      },
    ]);
  return registry;
}

function placesOf(all: readonly EventHandler[]): string {
  const places = all.map(({ topics, group }) => `${topics.join(', ') || 'any topic'} in ${group}`);
  return [...new Set(places)].join('; ');
}
