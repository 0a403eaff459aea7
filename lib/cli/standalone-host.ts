import { monotonicNow } from '../common/clocks.js';
import { BusDeadLetters } from '../consuming/dead-letters/bus-dead-letters.js';
import { ConsumerRuntime } from '../consuming/consumer-runtime.js';
import { type EventHandler, HandlerRegistry } from '../consuming/handlers/handler-registry.js';
import { ConfigurationError } from '../errors/index.js';
import { EventCatalog } from '../events/event-catalog.js';
import { noTelemetry } from '../observability/event-bus-telemetry.js';
import { StatusBoard } from '../observability/status-board.js';
import type { EventBusProducer } from '../producing/event-bus-producer.js';
import { BusEventProducer } from '../producing/event-producer.js';
import { configureBus } from '../event-bus.configuration.js';
import type { ResolvedSettings } from '../settings/event-bus-settings.js';
import { listeningToValues, type ResolvedValue } from '../settings/resolved-values.js';
import type { TransportCapabilities } from '../transport/transport.interface.js';
import { prefixWarnings } from '../transport/topic-prefix.js';
import type {
  TransportFactory,
  TransportParts,
  TransportTraits,
} from '../transport/wire-format.interface.js';
import {
  type CliHost,
  type ConsumeRequest,
  type Consumption,
  HANDLERS_NEED_APPLICATION,
  type OpenedBus,
  type OpenedDeadLetters,
  type OpenedSchemas,
  type ResolvedConfiguration,
  UsageError,
} from './command.js';
import type { CommandIo } from './cli-io.js';
import { consumptionOf, oneInHand, startOf } from './record-printer.js';
import { openedSchemas } from './commands/generate-avro-schemas.js';

interface OpenBus {
  readonly settings: ResolvedSettings;
  readonly traits: TransportTraits;
  readonly parts: TransportParts;
  readonly status: StatusBoard;
}

/** A bus of its own, made from the environment. */
export class StandaloneHost implements CliHost {
  readonly hasHandlers = false;
  private readonly events = EventCatalog.openEdx();
  private opened: OpenBus | undefined;
  private openProducer: BusEventProducer | undefined;
  private closing: Promise<void> | undefined;

  /** `transport` replaces what the settings name. */
  constructor(
    private readonly io: Pick<CommandIo, 'env' | 'logger'>,
    private readonly transport?: TransportFactory,
  ) {}

  private get logger(): CommandIo['logger'] {
    return this.io.logger;
  }

  catalog(): Promise<EventCatalog> {
    return Promise.resolve(this.events);
  }

  async configuration(): Promise<ResolvedConfiguration> {
    const values: ResolvedValue[] = [];
    const told = (_bus: string, value: ResolvedValue): void => void values.push(value);
    try {
      await listeningToValues(told, () => this.open(true));
      return { values, problems: [] };
    } catch (error) {
      return error instanceof ConfigurationError
        ? { values, problems: error.problems }
        : { values, problems: [], failure: error };
    }
  }

  async capabilities(): Promise<TransportCapabilities> {
    return (await this.open()).parts.transport.capabilities;
  }

  async producer(topic: string): Promise<EventBusProducer> {
    const { settings, traits, parts, status } = await this.open(true);
    for (const warning of prefixWarnings(settings.topicPrefix, [topic])) this.logger.warn(warning);
    this.openProducer = new BusEventProducer({
      settings,
      traits,
      parts,
      catalog: this.events,
      counter: status,
      telemetry: noTelemetry,
      logger: this.logger,
    });
    this.openProducer.checkRoutes();
    await parts.transport.connect(monotonicNow() + settings.connectTimeoutMs);
    return this.openProducer;
  }

  async consumption(request: ConsumeRequest): Promise<Consumption> {
    const { settings, traits, parts, status } = await this.open();
    for (const warning of prefixWarnings(settings.topicPrefix, [request.topic]))
      this.logger.warn(warning);
    const handlers = new HandlerRegistry();
    handlers.add(printing(request));
    const runtime = new ConsumerRuntime({
      settings: oneInHand(settings),
      traits,
      parts,
      catalog: this.events,
      handlers,
      status,
      telemetry: noTelemetry,
      logger: this.logger,
      ...startOf(request, settings.topicPrefix),
      onFatal: request.onFatal,
      onRecordEnd: request.onRecordEnd,
    });
    return consumptionOf(runtime, settings);
  }

  async bus(): Promise<OpenedBus> {
    const { settings, parts } = await this.open();
    const { connectTimeoutMs, topicPrefix, shutdownTimeoutMs } = settings;
    await parts.transport.connect(monotonicNow() + connectTimeoutMs);
    return { transport: parts.transport, topicPrefix, shutdownTimeoutMs };
  }

  async schemas(): Promise<OpenedSchemas> {
    const { settings, parts, traits } = await this.open();
    return openedSchemas(parts, settings, traits);
  }

  async knownTopics(): Promise<readonly string[]> {
    const { producerConfig } = (await this.open()).settings;
    return Object.values(producerConfig).flatMap((topics) => Object.keys(topics));
  }

  replay(): Promise<never> {
    return Promise.reject(new UsageError(HANDLERS_NEED_APPLICATION));
  }

  async deadLetters(): Promise<OpenedDeadLetters> {
    const { settings, traits, parts, status } = await this.open();
    const { capabilities } = parts.transport;
    const letters = new BusDeadLetters({
      settings,
      traits,
      parts,
      catalog: this.events,
      handlers: new HandlerRegistry(),
      status,
      telemetry: noTelemetry,
      logger: this.logger,
    });
    await parts.transport.connect(monotonicNow() + settings.connectTimeoutMs);
    const bus = { transport: parts.transport, settings };
    return { letters, bus, capabilities, shutdownTimeoutMs: settings.shutdownTimeoutMs };
  }

  close(): Promise<void> {
    return (this.closing ??= this.end());
  }

  private async end(): Promise<void> {
    if (!this.opened) return;
    const { settings, parts } = this.opened;
    const deadline = monotonicNow() + settings.shutdownTimeoutMs;
    await this.openProducer?.close(deadline);
    await parts.transport.close(deadline);
  }

  private async open(checkRoutes = false): Promise<OpenBus> {
    if (this.opened) return this.opened;
    const { settings, traits, parts } = await configureBus({
      options: { transport: this.transport },
      sources: { env: this.io.env },
      added: [],
      loggerOf: () => this.logger,
      checkRoutes,
    });
    this.opened = { settings, traits, parts, status: new StatusBoard(settings.bus) };
    return this.opened;
  }
}

function printing({ topic, group, onEvent }: ConsumeRequest): EventHandler {
  return { name: 'consume-events', group, pattern: '*', topics: [topic], invoke: onEvent };
}
