// Reaches inside Nest (11.0.1, 11.2.10 and 12.5.1): its records of providers (InstanceWrapper, Module), which
// `requireNestInternals` looks for at the start.
import { type DiscoveryService, type LazyModuleLoader, ModuleRef } from '@nestjs/core';
import type { ConfigurationProblem } from '../../errors/index.js';
import type { EventBusLogger } from '../../transport/wire-format.interface.js';
import {
  type DeclaredHandler,
  type HandlerDeclaration,
  type HandlerMethod,
  handlerMethodsOf,
  staticHandlersOf,
} from './handler-declaration.js';
import {
  type InstanceWrapper,
  isMadeOnce,
  prototypesOf,
  isMadeFromClass,
} from './handler-invoker.js';
import { isDeepStrictEqual } from 'node:util';

/** A method with `@OnOpenEdxEvent` on a provider or controller of the application. */
export interface FoundHandler {
  readonly host: InstanceWrapper;
  readonly method: string;
  /** `Class.method`. */
  readonly name: string;
  readonly declarations: readonly HandlerDeclaration[];
  /** Why it cannot be called. */
  readonly problem?: ConfigurationProblem;
}

interface Host {
  readonly host: InstanceWrapper;
  readonly handlers: readonly FoundHandler[];
}

/** A handler that a method of another class took the place of. */
interface Overridden {
  readonly host: InstanceWrapper;
  readonly declared: DeclaredHandler;
  readonly by: string;
}

/** Finds the handlers of an application, for all of its buses. */
export class HandlerExplorer {
  private readonly seen = new WeakSet<InstanceWrapper>();
  private readonly found = new Map<object, Host[]>();
  private readonly bound = new Set<DeclaredHandler>();

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly logger: EventBusLogger,
  ) {}

  /**
   * Every handler method once, inherited ones too; those of modules that were loaded since when called again.
   * A class that several modules list is taken from the first of them, and a warning names both; the instances of
   * one dynamic module with different configuration all have their handlers. A handler that cannot be called is
   * found with its problem.
   */
  explore(): readonly FoundHandler[] {
    const handlers: FoundHandler[] = [];
    const overridden: Overridden[] = [];
    for (const host of [...this.discovery.getProviders(), ...this.discovery.getControllers()]) {
      if (host.isAlias || this.seen.has(host)) continue;
      this.seen.add(host);
      const prototypes = prototypesOf(host);
      const own = this.handlersOf(host, prototypes, overridden);
      if (own.length && this.takes(prototypes[0]!, host, own)) handlers.push(...own);
    }
    return [...handlers, ...this.missing(overridden)];
  }

  /** Whether the handlers of this host are to run beside those of the same class elsewhere. */
  private takes(prototype: object, host: InstanceWrapper, handlers: FoundHandler[]): boolean {
    const others = this.found.get(prototype) ?? [];
    const first = others.find((other) => !instancesBothHandle(other.host, host));
    if (first) this.warnOfSecond(first, host);
    else this.found.set(prototype, [...others, { host, handlers }]);
    return !first;
  }

  private handlersOf(
    host: InstanceWrapper,
    prototypes: readonly object[],
    overridden: Overridden[],
  ): FoundHandler[] {
    const handlers = new Map<string | symbol, FoundHandler>();
    for (const prototype of prototypes) {
      for (const declared of staticHandlersOf(prototype))
        handlers.set(
          Symbol(),
          unusable(host, declared, nameOf(declared), 'a static method', A_METHOD),
        );
      for (const one of handlerMethodsOf(prototype)) {
        if (handlers.has(one.method)) continue;
        const { declared, method } = one;
        const name = nameOf(declared, classOf(prototype));
        if (one.overridden) overridden.push({ host, declared, by: name });
        else {
          this.bound.add(declared);
          handlers.set(method, handler(host, one, name));
        }
      }
    }
    return [...handlers.values()];
  }

  /** An override that says nothing of events is no handler. Where nothing else is, that is a mistake. */
  private missing(overridden: readonly Overridden[]): FoundHandler[] {
    const problems: FoundHandler[] = [];
    for (const { host, declared, by } of overridden) {
      const name = nameOf(declared);
      if (!this.bound.has(declared))
        problems.push(
          unusable(host, declared, name, `overridden by ${by} without @OnOpenEdxEvent`, DECORATED),
        );
      else
        this.logger.warn(
          `${by} overrides the handler ${name} without @OnOpenEdxEvent, so ${by} receives no events. If it should receive them, add the decorator`,
          { handler: name },
        );
    }
    return problems;
  }

  private warnOfSecond({ host, handlers }: Host, second: InstanceWrapper): void {
    if (isReplaced(host) || (host.instance && host.instance === second.instance)) return;
    const names = handlers.map(({ name }) => name).join(', ');
    const place = errorContext(host);
    const other = errorContext(second);
    const same = host.host !== second.host && host.host?.metatype === second.host?.metatype;
    this.logger.warn(
      `${names}: the class is registered in ${place} and in ${other}. Its handlers run only in the first one` +
        (same
          ? '. The same module is imported twice with the same configuration: import it once'
          : '. Provide the class in one module and export it from there'),
      { handler: names },
    );
  }
}

function handler(host: InstanceWrapper, one: HandlerMethod, name: string): FoundHandler {
  const { declared, method } = one;
  if (typeof method === 'symbol')
    return unusable(host, declared, name, 'a method whose name is a symbol', A_METHOD);
  if (!isCallable(host, method, declared))
    return unusable(host, declared, name, 'no method with this name', LEFT_IN_PLACE);
  return { host, method, name, declarations: declared.declarations };
}

/** An instance that is made anew for each event is looked at then. */
function isCallable(host: InstanceWrapper, method: string, declared: DeclaredHandler): boolean {
  if (isMadeOnce(host)) {
    try {
      return typeof (host.instance as Record<string, unknown>)[method] === 'function';
    } catch {
      return false;
    }
  }
  const isField = declared.functions.length === 0;
  return isField || prototypesOf(host).some((prototype) => method in prototype);
}

function unusable(
  host: InstanceWrapper,
  { method, declarations }: DeclaredHandler,
  name: string,
  found: string,
  allowed: string,
): FoundHandler {
  const problem = { setting: `handler ${name}`, found, allowed };
  return { host, method: String(method), name, declarations, problem };
}

const A_METHOD = 'an instance method whose name is a string';
const DECORATED =
  '@OnOpenEdxEvent on the overriding method as well, or only on the classes that handle the event';
const LEFT_IN_PLACE = 'a method; other decorators may wrap it but not remove it';

function nameOf({ target, method }: DeclaredHandler, className = ''): string {
  const declaredOn = typeof target === 'function' ? target.name : target.constructor.name;
  return `${className || declaredOn}.${String(method)}`;
}

function classOf(prototype: object): string {
  const { name } = prototype.constructor as { readonly name: unknown };
  return typeof name === 'string' ? name : '';
}

/** Early versions of Nest 11 make new records of the providers of a module that is loaded lazily once more. */
function isReplaced(host: InstanceWrapper): boolean {
  const { providers, controllers } = host.host ?? {};
  return providers?.get(host.token) !== host && controllers?.get(host.token) !== host;
}

function errorContext(host: InstanceWrapper): string {
  const as = host.host?.controllers.get(host.token) === host ? 'controllers' : 'providers';
  return `${host.host?.name ?? 'an unknown module'} (${as})`;
}

type Listener = (found: readonly FoundHandler[]) => void;

/** The handlers of an application, explored once for all of its buses, so that each warning comes once. */
export class ApplicationHandlers {
  private found: readonly FoundHandler[] | undefined;
  private readonly buses: Listener[] = [];

  constructor(
    private readonly explorer: Pick<HandlerExplorer, 'explore'>,
    loader: Pick<LazyModuleLoader, 'load'> | undefined,
  ) {
    if (!loader) return;
    const load = loader.load.bind(loader);
    loader.load = async (...given) => {
      const loaded = await load(...given);
      this.exploreAgain();
      return loaded;
    };
  }

  /**
   * The handlers so far. `late` hears of those of modules that a LazyModuleLoader loads later; what it throws,
   * the loading rejects with.
   */
  take(late: Listener): readonly FoundHandler[] {
    this.found ??= this.explorer.explore();
    this.buses.push(late);
    return this.found;
  }

  private exploreAgain(): void {
    if (!this.found) return;
    const found = this.explorer.explore();
    if (!found.length) return;
    this.found = [...this.found, ...found];
    for (const late of this.buses) late(found);
  }
}

type Module = NonNullable<InstanceWrapper['host']>;

/**
 * Whether two instances of one class are meant to handle events side by side: those of one dynamic module class with
 * different configuration, and those that different factories of one module made. A class that Nest makes twice with
 * the same configuration is most likely listed twice by mistake.
 */
export function instancesBothHandle(first: InstanceWrapper, second: InstanceWrapper): boolean {
  if (first.instance && first.instance === second.instance) return false;
  const [a, b] = [first.host, second.host];
  if (!a || !b || a.metatype !== b.metatype) return false;
  if (a === b) return !isMadeFromClass(first) && !isMadeFromClass(second);
  return !sameConfiguration(a, b);
}

function sameConfiguration(a: Module, b: Module, compared = new Set<Module>()): boolean {
  if (a === b || compared.has(a)) return true;
  if (a.metatype !== b.metatype || a.providers.size !== b.providers.size) return false;
  compared.add(a);
  for (const [token, provider] of a.providers) {
    const other = b.providers.get(token);
    if (!other) return false;
    if (token !== a.metatype && token !== ModuleRef && !sameProvider(provider, other)) return false;
  }
  const [imports, others] = [[...a.imports], [...b.imports]];
  return (
    imports.length === others.length &&
    imports.every((one, i) => sameConfiguration(one, others[i]!, compared))
  );
}

/** Functions are the same where they are one: what a closure holds cannot be compared. */
function sameProvider(a: InstanceWrapper, b: InstanceWrapper): boolean {
  if (a.isAlias && b.isAlias) return isDeepStrictEqual(a.inject, b.inject);
  if (a.metatype !== b.metatype) return false;
  if (a.metatype) return true;
  try {
    return isDeepStrictEqual(a.instance, b.instance);
  } catch {
    return false;
  }
}
