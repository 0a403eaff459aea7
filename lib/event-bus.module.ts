import {
  getEventBusToken,
  DEFAULT_EVENT_BUS,
  getEventBusOptionsToken,
  getEventBusSettingsToken,
  getEventCatalogToken,
} from './event-bus.constants.js';
import { type DynamicModule, Module } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { ConsumerLifecycle } from './lifecycle/consumer-lifecycle.js';
import { ConfigurationError } from './errors/index.js';
import { shownValue } from './errors/outside-text.js';
import { readOptions } from './errors/thrown-values.js';
import type { Bus } from './event-bus.assembly.js';
import {
  asyncOptionsProviders,
  type EventBusAsyncOptions,
  type EventBusOptions,
  keptOptions,
} from './event-bus.options.js';
import {
  addAll,
  closeBuses,
  EventBusCoreModule,
  FEATURE_EVENTS,
  type FeatureEvents,
} from './event-bus-core.module.js';
import { bootstrapAfterOthers } from './nest-internals/application-modules.js';
import type { EventCatalog } from './events/event-catalog.js';
import type { EventDefinition } from './events/event-definition.js';
import type { ResolvedSettings } from './settings/event-bus-settings.js';

@Module({})
class EventBusFeatureModule {}

/** Modules made from options that are an object, so that the same object is the same bus. */
const made = new WeakMap<EventBusOptions, DynamicModule>();

/**
 * The Open edX event bus in a Nest application: send with `EventBusProducer`, receive with
 * `@OnOpenEdxEvent`.
 *
 * The bus connects before any module is initialized, consumes once every module is bootstrapped,
 * stops consuming before the first one is destroyed, and can send until all are shut down. Its position
 * among the imports does not matter.
 */
@Module({})
export class EventBusModule {
  constructor(modules: ModulesContainer) {
    bootstrapAfterOthers(modules, EventBusModule);
  }

  /**
   * A bus with the options given. Import it once, in the root module: the bus is global. Several buses need a `name`.
   * Where the options cannot work, the application does not start: ConfigurationError lists every problem.
   * Called again with the same object it gives the same module.
   */
  static forRoot(options: EventBusOptions): DynamicModule {
    const kept = keptOptions(options);
    const known = made.get(options);
    if (known) return known;
    const bus = busName(options);
    const value = { provide: getEventBusOptionsToken(bus), useValue: kept };
    const module = withLifecycle(bus, EventBusCoreModule.register(bus, [value]));
    made.set(options, module);
    return module;
  }

  /** As `forRoot`, with options that a factory or a class makes, which may have dependencies. */
  static forRootAsync(options: EventBusAsyncOptions): DynamicModule {
    const bus = busName(options);
    const providers = asyncOptionsProviders(bus, options);
    return withLifecycle(bus, EventBusCoreModule.register(bus, providers, options.imports));
  }

  /** Adds events of your own to the catalogue of a bus. The same definition may be given many times. */
  static forFeature(
    events: readonly EventDefinition[],
    { bus = DEFAULT_EVENT_BUS }: { readonly bus?: string } = {},
  ): DynamicModule {
    const known = {
      provide: 'known events',
      useFactory: (catalog: EventCatalog) => {
        addAll(catalog, 'events of EventBusModule.forFeature', events);
        return events;
      },
      inject: [getEventCatalogToken(bus)],
    };
    const early: FeatureEvents = { bus, events };
    const listed = { provide: FEATURE_EVENTS, useValue: early };
    return { module: EventBusFeatureModule, providers: [listed, known] };
  }
}

/** Throws ConfigurationError. */
function busName(options: { readonly name?: string | undefined }): string {
  const name: unknown = readOptions('name of the bus', () => options.name) ?? DEFAULT_EVENT_BUS;
  if (typeof name === 'string' && name !== '') return name;
  throw new ConfigurationError([
    { setting: 'name of the bus', found: shownValue('name', name), allowed: 'a non-empty string' },
  ]);
}

function withLifecycle(bus: string, core: Promise<DynamicModule>): DynamicModule {
  const lifecycle = {
    provide: ConsumerLifecycle,
    useFactory: (of: Bus, settings: ResolvedSettings, modules: ModulesContainer) =>
      new ConsumerLifecycle({
        ...of,
        settings,
        abandon: () => closeBuses(modules),
      }),
    inject: [getEventBusToken(bus), getEventBusSettingsToken(bus), ModulesContainer],
  };
  return { module: EventBusModule, imports: [core], providers: [lifecycle] };
}
