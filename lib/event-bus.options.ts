import { ConfigurationError } from './errors/index.js';
import { readOptions } from './errors/thrown-values.js';
import type { EventDefinition } from './events/event-definition.js';
import type { DeadLetterHook } from './consuming/dead-letters/dead-letter-hook.js';
import type { EventBusTelemetry } from './observability/event-bus-telemetry.js';
import type { SendFailureHook } from './producing/send-reporter.js';
import type { EventBusSettingsOptions } from './settings/event-bus-settings.js';
import type { EventBusLogger } from './transport/wire-format.interface.js';
import type { FactoryProvider, ModuleMetadata, Provider, Type } from '@nestjs/common';
import { getEventBusOptionsToken } from './event-bus.constants.js';

/** The options of `EventBusModule.forRoot`: the settings of the bus, and hooks. */
export interface EventBusOptions extends EventBusSettingsOptions {
  /** Name of the bus. Default `default`: needed only where an application has several. */
  readonly name?: string | undefined;
  /** Events of your own, in addition to those of Open edX. Default: none. */
  readonly events?: readonly EventDefinition[] | undefined;
  /** Called with every prepared event that the broker did not confirm, to store it or alert. Default: only log lines. */
  readonly onSendFailure?: SendFailureHook | undefined;
  /** Called with every dead letter that was written, to alert or to count. Default: only log lines and the status. */
  readonly onDeadLetter?: DeadLetterHook | undefined;
  /** Receives spans, counters and durations. Default: nothing is measured. */
  readonly telemetry?: EventBusTelemetry | undefined;
  /** Receives the log lines of this bus, with fields as `logFields` says. Default: Nest's logger, with the context `EventBus`. */
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

/** A class that makes the options of a bus, for `useClass` and `useExisting` of `forRootAsync`. */
export interface EventBusOptionsFactory {
  /** Called once, at the start. Where it throws or rejects, the application does not start. */
  createEventBusOptions(): EventBusOptions | Promise<EventBusOptions>;
}

/** The options of `EventBusModule.forRootAsync`: exactly one of `useFactory`, `useClass` and `useExisting`. */
export interface EventBusAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  /** Name of the bus. Default `default`. Where the options have a `name` too, it must be the same. */
  readonly name?: string | undefined;
  /** Makes the options; called once, at the start, with what `inject` names. */
  readonly useFactory?:
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the types of `inject` cannot be known
    ((...args: any[]) => EventBusOptions | Promise<EventBusOptions>) | undefined;
  /** The tokens of what `useFactory` is called with, in order. Default: none. */
  readonly inject?: FactoryProvider['inject'] | undefined;
  /** Made by Nest with its dependencies, in the module of the bus, and asked for the options. */
  readonly useClass?: Type<EventBusOptionsFactory> | undefined;
  /** Asked for the options: a provider of one of the `imports`, or of a global module. */
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
  if (!factory)
    throw new TypeError('EventBusModule.forRootAsync needs useFactory, useClass or useExisting');
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
