import {
  getEventBusToken,
  getConsumerRuntimeToken,
  getDeadLettersToken,
  getEventBusOptionsToken,
  getEventBusSettingsToken,
  getEventCatalogToken,
  getHandlerRegistryToken,
  getEventBusProducerToken,
  getEventBusStatusToken,
  getEventBusTransportToken,
} from './event-bus.constants.js';
import { type DynamicModule, type FactoryProvider, Module, type Provider } from '@nestjs/common';
import {
  DiscoveryModule,
  DiscoveryService,
  ExternalContextCreator,
  LazyModuleLoader,
  ModuleRef,
  ModulesContainer,
} from '@nestjs/core';
import { ConfigurationError } from './errors/index.js';
import { assembleBus, type Bus, BUS_NAME } from './event-bus.assembly.js';
import {
  type AddedEvents,
  type BusConfiguration,
  configureBus,
} from './event-bus.configuration.js';
import type { BusConnection } from './lifecycle/bus-connection.js';
import { loggerOf } from './event-bus.logger.js';
import { type EventBusOptions } from './event-bus.options.js';
import { shownValue } from './errors/outside-text.js';
import { readOptions } from './errors/thrown-values.js';
import type { EventCatalog } from './events/event-catalog.js';
import type { EventDefinition } from './events/event-definition.js';
import { getEventBusServerToken } from './microservice/event-bus.server.js';
import { valuesOfModules } from './nest-internals/application-modules.js';
import { openBeforeOthers } from './nest-internals/application-modules.js';
import { requireNestInternals } from './nest-internals/required-internals.js';
import type { ResolvedSettings } from './settings/event-bus-settings.js';
import type { SettingSources } from './settings/setting-reader.js';
import type { TransportParts } from './transport/wire-format.interface.js';

/** The parts of one bus, for the whole application. Opened before every other module and closed after the last. */
@Module({})
export class EventBusCoreModule {
  constructor(modules: ModulesContainer) {
    openBeforeOthers(modules, EventBusCoreModule);
  }

  /** `options` are the providers of the bus's options under `getEventBusOptionsToken(bus)`. */
  static async register(
    bus: string,
    options: Provider[],
    imports: DynamicModule['imports'] = [],
  ): Promise<DynamicModule> {
    const parts: FactoryProvider[] = [
      part(bus, getEventBusStatusToken(bus), (of) => of.status),
      part(bus, getEventBusProducerToken(bus), (of) => of.producer),
      part(bus, getHandlerRegistryToken(bus), (of) => of.handlers),
      part(bus, getConsumerRuntimeToken(bus), (of) => of.runtime),
      part(bus, getEventBusServerToken(bus), (of) => of.server),
      part(bus, getDeadLettersToken(bus), (of) => of.deadLetters),
    ];
    const configuration: FactoryProvider = {
      provide: configurationToken(bus),
      useFactory: (
        given: EventBusOptions,
        modules: ModulesContainer,
        config?: SettingSources['config'],
      ) => {
        const { events = [] } = given;
        return configureBus({
          options: readOptions('options of the event bus', () => named(given, bus)),
          sources: { config, env: process.env },
          added: [{ setting: 'events', events }, ...featureEvents(modules, bus)],
          loggerOf: () => loggerOf(given, bus),
          tracesRecords: given.telemetry?.startSpan !== undefined,
        });
      },
      inject: [getEventBusOptionsToken(bus), ModulesContainer, ...(await configService())],
    };
    const settings: FactoryProvider = {
      provide: getEventBusSettingsToken(bus),
      useFactory: (of: BusConfiguration) => of.settings,
      inject: [configuration.provide],
    };
    const catalog: FactoryProvider = {
      provide: getEventCatalogToken(bus),
      useFactory: (of: BusConfiguration) => of.catalog,
      inject: [configuration.provide],
    };
    const transport: FactoryProvider = {
      provide: getEventBusTransportToken(bus),
      useFactory: (of: BusConfiguration) => of.parts,
      inject: [configuration.provide],
    };
    return {
      module: EventBusCoreModule,
      global: true,
      imports: [DiscoveryModule, ...imports],
      providers: [
        { provide: BUS_NAME, useValue: bus },
        ...options,
        configuration,
        settings,
        catalog,
        transport,
        wholeBus(bus),
        ...parts,
        part(bus, CONNECTION, (of) => of.connection),
      ],
      exports: [
        settings.provide,
        catalog.provide,
        transport.provide,
        getEventBusToken(bus),
        ...parts.map(({ provide }) => provide),
      ],
    };
  }
}

/** Under this token an application's modules have the events that they make known. */
export const FEATURE_EVENTS = Symbol('events of a feature');

export interface FeatureEvents {
  readonly bus: string;
  readonly events: readonly EventDefinition[];
}

/** Of all modules, before any of them is made: routes are checked against them. */
function featureEvents(modules: ModulesContainer, bus: string): AddedEvents[] {
  return valuesOfModules<FeatureEvents>(modules, FEATURE_EVENTS)
    .filter((feature) => feature.bus === bus)
    .map((feature) => ({
      setting: 'events of EventBusModule.forFeature',
      events: feature.events,
    }));
}

const configurationToken = (bus: string): string => `nestjs-openedx-event-bus configuration ${bus}`;

/** Adds events of an application, which `setting` names. Throws ConfigurationError. */
export function addAll(
  catalog: EventCatalog,
  setting: string,
  events: readonly EventDefinition[],
): void {
  readOptions(setting, () => {
    for (const event of events) catalog.add(event);
  });
}

/** Under a token of its own, so that Nest calls its life-cycle hooks. */
const CONNECTION = Symbol('bus connection');

/** Closes every bus of the application: where one cannot start, the others must not go on without it. */
export async function closeBuses(modules: ModulesContainer): Promise<void> {
  const connections = valuesOfModules<BusConnection>(modules, CONNECTION);
  await Promise.all(connections.map((connection) => connection.close()));
}

function part(bus: string, provide: FactoryProvider['provide'], of: (bus: Bus) => unknown) {
  return { provide, useFactory: of, inject: [getEventBusToken(bus)] };
}

/** Takes catalogue, settings and transport from their tokens, so that a test may override their providers. */
function wholeBus(bus: string): FactoryProvider {
  return {
    provide: getEventBusToken(bus),
    useFactory: (
      options: EventBusOptions,
      { traits, idempotencyStore }: BusConfiguration,
      settings: ResolvedSettings,
      catalog: EventCatalog,
      parts: TransportParts,
      modules: ModulesContainer,
      moduleRef: ModuleRef,
      creator: ExternalContextCreator,
      discovery: DiscoveryService,
      loader: LazyModuleLoader | undefined,
    ) => {
      requireNestInternals({ creator, moduleRef, modules });
      const app = { modules, moduleRef, creator, discovery, loader };
      return assembleBus(options, { settings, catalog, traits, parts, idempotencyStore }, app);
    },
    inject: [
      getEventBusOptionsToken(bus),
      configurationToken(bus),
      getEventBusSettingsToken(bus),
      getEventCatalogToken(bus),
      getEventBusTransportToken(bus),
      ModulesContainer,
      ModuleRef,
      ExternalContextCreator,
      DiscoveryService,
      { token: LazyModuleLoader, optional: true },
    ],
  };
}

/** `@nestjs/config` is optional; its ConfigService is used where it is global or imported. */
async function configService(): Promise<NonNullable<FactoryProvider['inject']>> {
  try {
    const { ConfigService } = await import('@nestjs/config');
    return [{ token: ConfigService, optional: true }];
  } catch {
    return [];
  }
}

function named(options: EventBusOptions, bus: string): EventBusOptions {
  if (options.name !== undefined && options.name !== bus)
    throw new ConfigurationError([
      {
        setting: 'name in the options that the forRootAsync factory returned',
        found: shownValue('name', options.name),
        allowed: `${bus}, the name that was given to forRootAsync, or no name`,
      },
    ]);
  // Not among those that can be listed: see keptOptions.
  const { settings } = options;
  return { ...options, settings, name: bus };
}
