import { ConfigurationError } from './errors/index.js';
import { readOptions } from './errors/thrown-values.js';
import type { EventDefinition } from './events/event-definition.js';
import type { EventBusTelemetry } from './observability/event-bus-telemetry.js';
import type { SendFailureHook } from './producing/send-reporter.js';
import type { EventBusSettingsOptions } from './settings/event-bus-settings.js';
import type { EventBusLogger } from './transport/wire-format.interface.js';
import type { FactoryProvider, ModuleMetadata, Provider, Type } from '@nestjs/common';
import { getEventBusOptionsToken } from './event-bus.constants.js';

/** What `EventBusModule.forRoot` takes: the settings of the bus and what plugs into it. */
export interface EventBusOptions extends EventBusSettingsOptions {
  /** Name of a second bus; leave out for the default one. */
  readonly name?: string | undefined;
  /** Events of your own, beside those of Open edX. */
  readonly events?: readonly EventDefinition[] | undefined;
  /** Told of every prepared event that was not confirmed, so that nothing is lost silently. */
  readonly onSendFailure?: SendFailureHook | undefined;
  /** Default: no telemetry. */
  readonly telemetry?: EventBusTelemetry | undefined;
  /** Default: Nest's logger. */
  readonly logger?: EventBusLogger | undefined;
}

/**
 * The options as a bus keeps them: no print shows the literal settings, which may have passwords in them.
 * Throws ConfigurationError where they are no options, or cannot be read.
 */
export function keptOptions(options: EventBusOptions): EventBusOptions {
  const setting = 'options of the event bus';
  if (typeof options !== 'object' || options === null)
    throw new ConfigurationError([
      { setting, found: options === null ? 'null' : typeof options, allowed: 'an object' },
    ]);
  return readOptions(setting, () => {
    if (!options.settings) return options;
    const { settings, ...others } = options;
    return Object.defineProperty(others, 'settings', { get: () => settings });
  });
}

/** Makes the options of a bus, for `forRootAsync({ useClass })`. */
export interface EventBusOptionsFactory {
  createEventBusOptions(): EventBusOptions | Promise<EventBusOptions>;
}

/** What `EventBusModule.forRootAsync` takes: one of `useFactory`, `useClass` and `useExisting`. */
export interface EventBusAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  /** Name of a second bus; leave out for the default one. A name that the factory gives must be the same. */
  readonly name?: string | undefined;
  readonly useFactory?:
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the types of `inject` cannot be known
    ((...args: any[]) => EventBusOptions | Promise<EventBusOptions>) | undefined;
  /** Arguments of `useFactory`. */
  readonly inject?: FactoryProvider['inject'] | undefined;
  readonly useClass?: Type<EventBusOptionsFactory> | undefined;
  readonly useExisting?: Type<EventBusOptionsFactory> | undefined;
}

/** The providers that put the options of a bus under its token. */
export function asyncOptionsProviders(bus: string, of: EventBusAsyncOptions): Provider[] {
  const provide = getEventBusOptionsToken(bus);
  const { useFactory } = of;
  if (useFactory) {
    const kept = async (...args: unknown[]) => keptOptions(await useFactory(...args));
    return [{ provide, useFactory: kept, inject: of.inject ?? [] }];
  }
  const factory = of.useExisting ?? of.useClass;
  if (!factory) throw new TypeError('forRootAsync needs useFactory, useClass or useExisting');
  return [
    ...(of.useClass ? [of.useClass] : []),
    {
      provide,
      useFactory: async (made: EventBusOptionsFactory) =>
        keptOptions(await made.createEventBusOptions()),
      inject: [factory],
    },
  ];
}
