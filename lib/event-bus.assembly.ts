import type {
  DiscoveryService,
  ExternalContextCreator,
  LazyModuleLoader,
  ModuleRef,
  ModulesContainer,
} from '@nestjs/core';
import { type Observable, Subject } from 'rxjs';
import { ApplicationHandlers, HandlerExplorer } from './consuming/handlers/handler-explorer.js';
import { closeApplication, onRpcTarget } from './lifecycle/application-closer.js';
import { ConsumerGate } from './lifecycle/consumer-lifecycle.js';
import { ConsumerRuntime } from './consuming/consumer-runtime.js';
import type { RecordEnd } from './consuming/observing/consuming-observer.js';
import { RetryDelays } from './consuming/processing/retry-delays.js';
import { BusDeadLetters } from './consuming/dead-letters/bus-dead-letters.js';
import { EventMarks } from './consuming/idempotency/event-marks.js';
import { bindHandlers, type BoundHandlers } from './consuming/handlers/handler-binding.js';
import { HandlerInvoker } from './consuming/handlers/handler-invoker.js';
import {
  HandlerRegistry,
  platformTopicsOf,
  topicsOfRoutes,
} from './consuming/handlers/handler-registry.js';
import type { BusConfiguration } from './event-bus.configuration.js';
import { BusConnection } from './lifecycle/bus-connection.js';
import { loggerOf } from './event-bus.logger.js';
import { type EventBusOptions } from './event-bus.options.js';
import { BusServer, bindPatternHandlers } from './microservice/bus-server.js';
import { valuesOfModules } from './nest-internals/application-modules.js';
import { noTelemetry } from './observability/event-bus-telemetry.js';
import { optionFindingById } from './settings/failure-settings.js';
import { StatusBoard } from './observability/status-board.js';
import { BusEventProducer } from './producing/event-producer.js';
import { runInsideHandler } from './producing/event-preparer.js';
import type {
  EventBusLogger,
  TransportParts,
  TransportTraits,
} from './transport/wire-format.interface.js';

/** Every bus module has a provider of this token: the name of its bus. */
export const BUS_NAME = Symbol('bus name');

/** The parts of one running bus. */
export interface Bus {
  readonly parts: TransportParts;
  readonly traits: TransportTraits;
  readonly logger: EventBusLogger;
  readonly status: StatusBoard;
  readonly producer: BusEventProducer;
  readonly handlers: HandlerRegistry;
  readonly runtime: ConsumerRuntime;
  readonly deadLetters: BusDeadLetters;
  readonly marks: EventMarks | undefined;
  /** How each record ended, as it is settled. */
  readonly recordEnds: Observable<RecordEnd>;
  readonly delays: RetryDelays;
  readonly gate: ConsumerGate;
  readonly server: BusServer;
  readonly connection: BusConnection;
}

/** What Nest gives us of the application. */
export interface Application {
  readonly modules: ModulesContainer;
  readonly moduleRef: ModuleRef;
  readonly creator: ExternalContextCreator;
  readonly discovery: DiscoveryService;
  readonly loader: LazyModuleLoader | undefined;
}

/** Makes a bus. It opens nothing yet: `connection` does. */
export function assembleBus(
  options: EventBusOptions,
  { settings, catalog, traits, parts, idempotencyStore }: BusConfiguration,
  app: Application,
): Bus {
  const { bus, globalEnhancers } = settings;
  const logger = loggerOf(options, bus);
  const status = new StatusBoard(bus);
  const { transport } = parts;
  const shared = {
    settings,
    parts,
    catalog,
    logger,
    traits,
    telemetry: options.telemetry ?? noTelemetry,
  };

  const { onSendFailure } = options;
  const producer = new BusEventProducer({ ...shared, counter: status, onSendFailure });
  const handlers = new HandlerRegistry(
    topicsOfRoutes(settings.producerConfig),
    platformTopicsOf,
    (handler) =>
      handler.idempotent === undefined ? optionFindingById(settings, handler) : 'idempotent',
  );
  const marks = idempotencyStore && new EventMarks({ ...shared, store: idempotencyStore, status });
  const recordEnds = new Subject<RecordEnd>();
  const delays = new RetryDelays();
  const consuming = {
    ...shared,
    ...{ handlers, status, delays, marks, onDeadLetter: options.onDeadLetter },
    aroundEvent: runInsideHandler,
  };
  const deadLetters = new BusDeadLetters(consuming);
  const runtime = new ConsumerRuntime({
    ...{ ...consuming, redrives: deadLetters },
    onRecordEnd: recordEnds.next.bind(recordEnds),
    onFatal: () => {
      if (settings.onFatal === 'close') void closeApplication(app.moduleRef, logger);
    },
  });
  const gate = new ConsumerGate(runtime);
  const server = new BusServer({ settings, gate, transport, logger });
  onRpcTarget(app.modules, (target) => {
    if (target === server) gate.awaitListen();
  });

  const invoker = new HandlerInvoker(app.creator, app.modules, { globalEnhancers, logger });
  const bind = (late: (bound: BoundHandlers) => void) => {
    const { group, idempotency } = settings;
    const of = { bus, group, idempotency, catalog, buses: new Set(busNames(app.modules)) };
    const found = handlersOf(app, logger).take((loaded) => late(bindHandlers(loaded, of, invoker)));
    const patterns = bindPatternHandlers(server.takePatternHandlers(), of);
    return both(bindHandlers(found, of, invoker), patterns);
  };
  const buses = () => busNames(app.modules);
  const opens = {
    settings,
    buses,
    bind,
    handlers,
    producer,
    runtime,
    deadLetters,
    marks,
    transport,
    logger,
  };
  const connection = new BusConnection(opens);
  return {
    parts,
    traits,
    logger,
    status,
    producer,
    handlers,
    runtime,
    deadLetters,
    marks,
    recordEnds,
    delays,
    gate,
    server,
    connection,
  };
}

function busNames(modules: ModulesContainer): string[] {
  return valuesOfModules<string>(modules, BUS_NAME);
}

const applications = new WeakMap<ModulesContainer, ApplicationHandlers>();

function handlersOf(app: Application, logger: EventBusLogger): ApplicationHandlers {
  const known = applications.get(app.modules);
  if (known) return known;
  const explorer = new HandlerExplorer(app.discovery, logger);
  const handlers = new ApplicationHandlers(explorer, app.loader);
  applications.set(app.modules, handlers);
  return handlers;
}

function both(a: BoundHandlers, b: BoundHandlers): BoundHandlers {
  return {
    handlers: [...a.handlers, ...b.handlers],
    problems: [...a.problems, ...b.problems],
  };
}
