import type { FactoryProvider, ModuleMetadata, Provider, Type } from '@nestjs/common';
import { eventBusOptionsToken } from './event-bus.constants.js';
import { type EventBusOptions, keptOptions } from './event-bus.options.js';

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
  const provide = eventBusOptionsToken(bus);
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
