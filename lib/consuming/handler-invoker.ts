import {
  ContextIdFactory,
  type DiscoveryService,
  ExternalContextCreator,
  ModuleRef,
  type ModulesContainer,
} from '@nestjs/core';
import type { OpenEdxEventContext } from './event-context.js';
import { pipelineOfModule, runToEnd, withoutGlobalEnhancers } from './handler-pipeline.js';
import { handlerArguments, ROUTE_ARGUMENTS } from './route-arguments.js';

/** Nest's record of a provider or controller. */
export type InstanceWrapper = ReturnType<DiscoveryService['getProviders']>[number];

/** Resolves when the handler is done; rejects with the handler's original error. */
export type Invoke = (data: unknown, context: OpenEdxEventContext) => Promise<void>;

type Instance = Record<string, (...args: unknown[]) => unknown>;
type Pipeline = (data: unknown, context: OpenEdxEventContext) => unknown;

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

  invokerOf(host: InstanceWrapper, method: string): Invoke {
    const run =
      host.isDependencyTreeStatic() && !host.isTransient
        ? this.pipeline(host, host.instance as Instance, method)
        : this.scopedPipeline(host, method);
    return (data, context) => runToEnd(context, () => run(data, context));
  }

  private pipeline(
    host: InstanceWrapper,
    instance: Instance,
    method: string,
    contextId?: ReturnType<typeof ContextIdFactory.create>,
  ): Pipeline {
    return pipelineOfModule(this.creator, this.moduleKey(host)).create(
      instance,
      instance[method] as (...args: unknown[]) => unknown,
      method,
      ROUTE_ARGUMENTS,
      handlerArguments,
      contextId,
      host.id,
      undefined,
      'rpc',
    );
  }

  private scopedPipeline(host: InstanceWrapper, method: string): Pipeline {
    const moduleRef = host.host?.getProviderByKey<ModuleRef>(ModuleRef)?.instance as ModuleRef;
    return async (data, context) => {
      const id = ContextIdFactory.getByRequest(context as unknown as Record<string, unknown>);
      const request: unknown = host.isDependencyTreeDurable() ? id.payload : context;
      moduleRef.registerRequestByContextId(request, id);
      const instance: Instance = await moduleRef.resolve(host.token as string, id);
      return this.pipeline(host, instance, method, id)(data, context);
    };
  }

  private moduleKey(host: InstanceWrapper): string {
    for (const [key, module] of this.modules) if (module === host.host) return key;
    return '';
  }
}
