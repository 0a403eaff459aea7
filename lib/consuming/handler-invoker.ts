import {
  ContextIdFactory,
  type DiscoveryService,
  type ExternalContextCreator,
  ModuleRef,
  type ModulesContainer,
} from '@nestjs/core';
import {
  type HandlerPlace,
  type Pipeline,
  pipelineOf,
  withoutGlobalEnhancers,
} from './handler-pipeline.js';

/** Nest's record of a provider or controller. */
export type InstanceWrapper = ReturnType<DiscoveryService['getProviders']>[number];

/**
 * Calls handler methods inside Nest: guards, interceptors, pipes and filters of the method, the
 * class and (by option) the application run in context type `rpc`; a request-scoped or transient
 * host is made anew for each call, with the event's context as its request.
 */
export class HandlerInvoker {
  private readonly creator: ExternalContextCreator;

  constructor(
    creator: ExternalContextCreator,
    private readonly modules: ModulesContainer,
    options: { readonly globalEnhancers: boolean },
  ) {
    this.creator = options.globalEnhancers ? creator : withoutGlobalEnhancers(creator);
  }

  invokerOf(host: InstanceWrapper, method: string): Pipeline {
    const moduleKey = this.moduleKey(host);
    const place = { moduleKey, method, inquirerId: host.id };
    if (!host.isDependencyTreeStatic() || host.isTransient) return this.scopedPipeline(host, place);
    const instance = host.instance as HandlerPlace['instance'];
    return pipelineOf(this.creator, { ...place, instance });
  }

  private scopedPipeline(
    host: InstanceWrapper,
    place: Omit<HandlerPlace, 'instance' | 'contextId'>,
  ): Pipeline {
    const moduleRef = host.host?.getProviderByKey<ModuleRef>(ModuleRef)?.instance as ModuleRef;
    return {
      invoke: async (data, context) => {
        const contextId = ContextIdFactory.getByRequest(
          context as unknown as Record<string, unknown>,
        );
        const request: unknown = host.isDependencyTreeDurable() ? contextId.payload : context;
        moduleRef.registerRequestByContextId(request, contextId);
        const instance = await moduleRef.resolve<HandlerPlace['instance']>(
          host.token as string,
          contextId,
        );
        return pipelineOf(this.creator, { ...place, instance, contextId }).invoke(data, context);
      },
    };
  }

  private moduleKey(host: InstanceWrapper): string {
    for (const [key, module] of this.modules) if (module === host.host) return key;
    return '';
  }
}
