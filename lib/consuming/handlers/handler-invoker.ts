import { Logger } from '@nestjs/common';
import {
  ContextIdFactory,
  type DiscoveryService,
  type ExternalContextCreator,
  ModuleRef,
  type ModulesContainer,
} from '@nestjs/core';
import type { TransportLogger } from '../../transport/wire-format.interface.js';
import { FilterLog } from './handler-filters.js';
import { assertCallable, handlerFunction } from './handler-function.js';
import {
  type HandlerPlace,
  type Pipeline,
  pipelineOf,
  withoutGlobalEnhancers,
} from './handler-pipeline.js';
import { isMadeOnce } from './provider-prototypes.js';

/** Nest's record of a provider or controller. */
export type InstanceWrapper = ReturnType<DiscoveryService['getProviders']>[number];

/**
 * Calls handler methods inside Nest: guards, interceptors, pipes and filters of the method, the
 * class and (by option) the application run in context type `rpc`; a request-scoped or transient
 * host is made anew for each call, with the event's context as its request.
 */
export class HandlerInvoker {
  private readonly creator: ExternalContextCreator;
  private readonly log: FilterLog;

  constructor(
    creator: ExternalContextCreator,
    private readonly modules: ModulesContainer,
    options: {
      readonly globalEnhancers: boolean;
      readonly logger?: Pick<TransportLogger, 'error'>;
    },
  ) {
    this.creator = options.globalEnhancers ? creator : withoutGlobalEnhancers(creator);
    this.log = new FilterLog(options.logger ?? new Logger('EventBus'));
  }

  invokerOf(host: InstanceWrapper, method: string): Pipeline {
    const moduleKey = this.moduleKey(host);
    const place = { moduleKey, method, inquirerId: host.id };
    if (!isMadeOnce(host)) {
      assertCallable(host, method);
      return this.scopedPipeline(host, place);
    }
    const instance = host.instance as object;
    const callback = handlerFunction(host, instance, method);
    return pipelineOf(this.creator, { ...place, instance, callback }, this.log);
  }

  private scopedPipeline(
    host: InstanceWrapper,
    place: Omit<HandlerPlace, 'instance' | 'callback' | 'contextId'>,
  ): Pipeline {
    const moduleRef = host.host?.getProviderByKey<ModuleRef>(ModuleRef)?.instance as ModuleRef;
    return {
      invoke: async (data, context) => {
        const contextId = ContextIdFactory.getByRequest(
          context as unknown as Record<string, unknown>,
        );
        const request: unknown = host.isDependencyTreeDurable() ? contextId.payload : context;
        moduleRef.registerRequestByContextId(request, contextId);
        const instance = await moduleRef.resolve<object>(host.token as string, contextId);
        const callback = handlerFunction(host, instance, place.method);
        const whole = pipelineOf(
          this.creator,
          { ...place, instance, callback, contextId },
          this.log,
        );
        return whole.invoke(data, context);
      },
    };
  }

  private moduleKey(host: InstanceWrapper): string {
    for (const [key, module] of this.modules) if (module === host.host) return key;
    return '';
  }
}
