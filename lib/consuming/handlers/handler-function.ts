import { carryMetadata, ENHANCERS } from './carried-metadata.js';
import { ConfigurationError, type ConfigurationProblem } from '../../errors/index.js';
import type { DeclaredHandler } from './handler-declaration.js';
import type { InstanceWrapper } from './handler-invoker.js';
import { handlerMethodsOf } from './handler-methods.js';
import { prototypesOf } from './provider-prototypes.js';
import { ROUTE_ARGUMENTS } from './route-arguments.js';

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
  if (typeof callback !== 'function') throw new TypeError(`${method} is no method`);
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
    found: `${name}, which Nest would leave out, for another decorator replaced what it stands on`,
    allowed: `${name} above the decorator that replaces the method or the class, or as an instance`,
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
