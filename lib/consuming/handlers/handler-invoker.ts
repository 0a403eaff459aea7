// Reaches inside Nest (11.0.1, 11.2.10 and 12.5.1): its records of providers (InstanceWrapper, Module), which
// `requireNestInternals` looks for at the start.
import {
  ContextIdFactory,
  type DiscoveryService,
  type ExternalContextCreator,
  ModuleRef,
  type ModulesContainer,
} from '@nestjs/core';
import type { EventBusLogger } from '../../transport/wire-format.interface.js';
import { FilterLog } from './handler-filters.js';
import {
  type HandlerPlace,
  type Pipeline,
  pipelineOf,
  withoutGlobalEnhancers,
} from './handler-pipeline.js';
import { carryMetadata, type DeclaredHandler, handlerMethodsOf } from './handler-declaration.js';
import { ConfigurationError, type ConfigurationProblem } from '../../errors/index.js';
import { ENHANCERS, ROUTE_ARGUMENTS } from '../../nest-internals/metadata-keys.js';

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
      readonly logger: Pick<EventBusLogger, 'error'>;
    },
  ) {
    this.creator = options.globalEnhancers ? creator : withoutGlobalEnhancers(creator);
    this.log = new FilterLog(options.logger);
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

/**
 * The function that is a handler of an instance. What decorators said of the functions that it took the place of
 * (guards, roles, the arguments) is said of it too, so that Nest finds it there.
 */
export function handlerFunction(
  host: InstanceWrapper,
  instance: object,
  method: string,
): (...args: unknown[]) => unknown {
  const callback = (instance as Record<string, (...args: unknown[]) => unknown>)[method];
  if (typeof callback !== 'function') throw new TypeError(`${method} is not a method`);
  const prototypes = prototypesOf(host);
  const declared = declaredAs(prototypes, method);
  if (!declared) return callback;
  for (const fn of declared.functions.toReversed()) carryMetadata(fn, callback);
  for (const prototype of prototypes) carryClassMetadata(host, prototype.constructor);
  const { target } = declared;
  if (target !== instance && !Object.prototype.isPrototypeOf.call(target, instance)) {
    carryMetadata(target.constructor, callback, ENHANCERS);
    carryArguments(declared, instance.constructor);
  }
  assertEnhancersKnown(host, instance, callback, method);
  return callback;
}

/**
 * Nest leaves out guards, pipes and the like whose classes it did not see when it scanned the application, because
 * what they stand on was replaced: they would not run, and nothing would say so. Throws ConfigurationError.
 */
function assertEnhancersKnown(
  host: InstanceWrapper,
  instance: object,
  callback: object,
  method: string,
): void {
  const sources = [callback, host.metatype, instance.constructor];
  const ofParameters: unknown = Reflect.getMetadata(ROUTE_ARGUMENTS, instance.constructor, method);
  const used = [
    ...[...ENHANCERS].flatMap((key) =>
      sources.flatMap((on) =>
        typeof on === 'function' ? listOf(Reflect.getMetadata(key, on)) : [],
      ),
    ),
    ...Object.values((ofParameters ?? {}) as Record<string, { pipes?: unknown }>).flatMap(
      ({ pipes }) => listOf(pipes),
    ),
  ];
  const unknown = used.filter(isClass).filter((one) => !host.host?.injectables.has(one));
  if (!unknown.length) return;
  const problems = [...new Set(unknown)].map(({ name }): ConfigurationProblem => ({
    setting: `handler ${instance.constructor.name || host.name}.${method}`,
    found: `${name}, set on a method or class that another decorator has replaced, so Nest would ignore it`,
    allowed: `the decorator that sets ${name} above the one that replaces the method or class, or an instance: new ${name}()`,
  }));
  throw new ConfigurationError(problems);
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Something that Nest would have to make; a class may also do the work itself, by a static method. */
function isClass(value: unknown): value is new () => unknown {
  if (typeof value !== 'function') return false;
  return !WORK.some((method) => method in value);
}

const WORK = ['canActivate', 'intercept', 'transform', 'catch'];

/** Of a host that is made anew for each event, as far as it can be known before. Throws ConfigurationError. */
export function assertCallable(host: InstanceWrapper, method: string): void {
  for (const prototype of prototypesOf(host).slice(0, 1)) {
    const fn: unknown = methodOf(prototype, method);
    if (typeof fn === 'function') handlerFunction(host, prototype, method);
  }
}

/** Without calling a getter. */
function methodOf(prototype: object, method: string): unknown {
  let level: object | null = prototype;
  while (level) {
    const descriptor = Reflect.getOwnPropertyDescriptor(level, method);
    if (descriptor) return descriptor.value;
    level = Reflect.getPrototypeOf(level);
  }
  return undefined;
}

function declaredAs(prototypes: readonly object[], method: string): DeclaredHandler | undefined {
  for (const prototype of prototypes)
    for (const one of handlerMethodsOf(prototype)) if (one.method === method) return one.declared;
  return undefined;
}

/** A decorator may have put another class in the place of the one that Nest, or a decorator below it, knows. */
function carryClassMetadata({ metatype }: InstanceWrapper, constructor: unknown): void {
  if (typeof metatype !== 'function' || typeof constructor !== 'function') return;
  if (metatype === constructor || metatype.prototype !== constructor.prototype) return;
  carryMetadata(constructor, metatype);
  carryMetadata(metatype, constructor);
}

/** Nest keeps the arguments with the class that declares a method; who copies a method copies only that. */
function carryArguments({ target, method }: DeclaredHandler, to: unknown): void {
  const from = target.constructor;
  if (typeof to !== 'function' || Reflect.getMetadata(ROUTE_ARGUMENTS, to, method)) return;
  const said: unknown = Reflect.getMetadata(ROUTE_ARGUMENTS, from, method);
  if (said) Reflect.defineMetadata(ROUTE_ARGUMENTS, said, to, method);
}

/**
 * Where to look for the methods of a provider: the prototype of what was made, then that of the class that it was
 * made from, for a constructor may return something else. Getters of the object are not called.
 */
export function prototypesOf(host: InstanceWrapper): readonly object[] {
  const made = prototypeOf(host.instance);
  const type = isMadeFromClass(host) ? host.metatype : isMadeOnce(host) ? undefined : host.token;
  const declared = typeof type === 'function' ? (type.prototype as unknown) : undefined;
  const found = [made, typeof declared === 'object' && declared ? declared : undefined];
  return [...new Set(found.filter((one) => one !== undefined))];
}

/** True where Nest calls the constructor, false for a factory and for a value. */
export function isMadeFromClass(host: InstanceWrapper): boolean {
  return Boolean(host.metatype) && !host.inject && !host.isNotMetatype;
}

/** False for a request-scoped or transient provider, of which there is no instance to look at. */
export function isMadeOnce(host: InstanceWrapper): boolean {
  return host.isDependencyTreeStatic() && !host.isTransient;
}

function prototypeOf(instance: unknown): object | undefined {
  if (typeof instance !== 'object' || instance === null) return undefined;
  const prototype = Reflect.getPrototypeOf(instance);
  return prototype && prototype !== Object.prototype ? prototype : undefined;
}
