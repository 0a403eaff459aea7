import type { EventDefinition } from '../../events/event-definition.js';
import { ENHANCERS, OF_ONE_CLASS } from '../../nest-internals/metadata-keys.js';
import type { FailureOptions } from '../../settings/failure-settings.js';

/** What one `@OnOpenEdxEvent` says about the method under it. */
export interface HandlerDeclaration {
  /** Event types and patterns, in the order written. */
  readonly patterns: readonly string[];
  /** The definitions among them, to be compared with those that the bus knows. */
  readonly definitions: readonly EventDefinition[];
  /** Without prefix; empty: any subscribed topic of the group. */
  readonly topics: readonly string[];
  /** undefined: the group of the bus. */
  readonly group: string | undefined;
  readonly bus: string;
  /** undefined: `Class.method`. */
  readonly id: HandlerId | undefined;
  readonly failure: FailureOptions;
  /** As it was given. */
  readonly idempotent: unknown;
  /** The options as they were given: some may be misspelt. */
  readonly options: object;
}

/** The id of a handler, or what gives that of each instance of its class. */
export type HandlerId = string | ((self: object) => string);

/** A method of one class under `@OnOpenEdxEvent`, whatever other decorators made of it. */
export interface DeclaredHandler {
  /** The prototype that has the method; the class itself for a static one. */
  readonly target: object;
  readonly method: string | symbol;
  readonly declarations: readonly HandlerDeclaration[];
  /** What the method was while its decorators ran, outermost last. Enhancers may be declared on each. */
  readonly functions: readonly object[];
}

interface Kept extends DeclaredHandler {
  declarations: readonly HandlerDeclaration[];
  readonly functions: object[];
}

/** On a prototype: its handlers by name. */
const HANDLERS = Symbol.for('nestjs-openedx-event-bus:handlers');

/**
 * Keeps a declaration with the class and the name of its method: other decorators replace the function.
 * Decorators run from the bottom up; declarations are kept from the top down.
 */
export function declareHandler(
  target: object,
  method: string | symbol,
  descriptor: PropertyDescriptor | undefined,
  declaration: HandlerDeclaration,
): void {
  const handlers = ownHandlers(target) ?? new Map<string | symbol, Kept>();
  Reflect.defineMetadata(HANDLERS, handlers, target);
  let kept = handlers.get(method);
  if (!kept) handlers.set(method, (kept = { target, method, declarations: [], functions: [] }));
  kept.declarations = [declaration, ...kept.declarations];
  keepFunction(kept, Reflect.getOwnPropertyDescriptor(target, method)?.value);
  keepFunction(kept, descriptor?.value);
  if (descriptor) followReplacements(kept, descriptor);
  // Before Nest scans the class, and after the other decorators.
  queueMicrotask(() => carryToMethod(kept));
}

/** Nest takes the classes of guards, pipes and the like from what is said of the method of a prototype. */
function carryToMethod({ target, method, functions }: Kept): void {
  const fn: unknown = Reflect.getOwnPropertyDescriptor(target, method)?.value;
  if (typeof fn !== 'function') return;
  for (const one of functions.toReversed()) carryMetadata(one, fn);
}

/** The handlers declared on exactly this prototype or class, by the name of the method. */
export function handlersDeclaredOn(target: object): ReadonlyMap<string | symbol, DeclaredHandler> {
  return ownHandlers(target) ?? new Map<string | symbol, Kept>();
}

/** The handler that a function is, also where it was copied to another class. */
export function handlerOf(fn: object): DeclaredHandler | undefined {
  return Reflect.getOwnMetadata(HANDLER, fn) as Kept | undefined;
}

function ownHandlers(target: object): Map<string | symbol, Kept> | undefined {
  return Reflect.getOwnMetadata(HANDLERS, target) as Map<string | symbol, Kept> | undefined;
}

function keepFunction(kept: Kept, fn: unknown): void {
  if (typeof fn !== 'function' || kept.functions.includes(fn)) return;
  kept.functions.push(fn);
  Reflect.defineMetadata(HANDLER, kept, fn);
}

/** Most decorators replace a method by assigning to its descriptor; what is said of it goes along. */
function followReplacements(kept: Kept, descriptor: PropertyDescriptor): void {
  const at = Reflect.getOwnPropertyDescriptor(descriptor, 'value');
  if (!at?.configurable || at.get) return;
  let current: unknown = at.value;
  Object.defineProperty(descriptor, 'value', {
    get: () => current,
    set(next: unknown) {
      if (typeof current === 'function' && typeof next === 'function') carryMetadata(current, next);
      keepFunction(kept, next);
      current = next;
    },
    enumerable: true,
    configurable: true,
  });
}

/** Under this key a function says which handler it is. It is said on purpose, and not carried. */
export const HANDLER = Symbol.for('nestjs-openedx-event-bus:handler');

/**
 * Says of `to` what decorators said of `from`, where `to` took the place of `from`. What is said of `to` already
 * stands; enhancers of both are joined, those of `from` first, as Nest orders those of decorators from below.
 */
export function carryMetadata(
  from: object,
  to: object,
  keys: Iterable<unknown> = Reflect.getOwnMetadataKeys(from),
): void {
  if (from === to) return;
  for (const key of keys) {
    if (key === HANDLER || (typeof key === 'string' && OF_ONE_CLASS.test(key))) continue;
    const said: unknown = Reflect.getOwnMetadata(key, from);
    if (said === undefined) continue;
    const known: unknown = Reflect.getOwnMetadata(key, to);
    if (known === undefined) Reflect.defineMetadata(key, said, to);
    else if (ENHANCERS.has(key)) {
      const missing = (said as unknown[]).filter((one) => !(known as unknown[]).includes(one));
      if (missing.length) Reflect.defineMetadata(key, [...missing, ...(known as unknown[])], to);
    }
  }
}

/** A handler as a class has it. */
export interface HandlerMethod {
  readonly method: string | symbol;
  readonly declared: DeclaredHandler;
  /** The class has another method of the name, which says nothing of events. */
  readonly overridden: boolean;
}

/** The handlers of a class, those of its base classes and mixins too. Calls no getter. */
export function handlerMethodsOf(prototype: object): readonly HandlerMethod[] {
  const owners = new Map<string | symbol, object>();
  const found = new Map<string | symbol, HandlerMethod>();
  for (const level of levelsOf(prototype)) {
    const declaredHere = handlersDeclaredOn(level);
    for (const method of Reflect.ownKeys(level)) {
      if (owners.has(method)) continue;
      owners.set(method, level);
      const declared = declaredHere.get(method) ?? copiedHandler(level, method);
      if (declared) found.set(method, { method, declared, overridden: false });
    }
    for (const [method, declared] of declaredHere) {
      if (found.has(method)) continue;
      const owner = owners.get(method);
      const overridden = owner !== undefined && isOverride(owner, declared);
      found.set(method, { method, declared, overridden });
    }
  }
  return [...found.values()];
}

/** The handlers among the static methods of a class and its base classes. */
export function staticHandlersOf(prototype: object): readonly DeclaredHandler[] {
  const constructor: unknown = Reflect.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  if (typeof constructor !== 'function') return [];
  return [...levelsOf(constructor)].flatMap((level) => [...handlersDeclaredOn(level).values()]);
}

function* levelsOf(from: object): Generator<object> {
  let level: object | null = from;
  while (level && level !== Object.prototype && level !== Function.prototype) {
    yield level;
    level = Reflect.getPrototypeOf(level);
  }
}

function copiedHandler(level: object, method: string | symbol): DeclaredHandler | undefined {
  const fn: unknown = Reflect.getOwnPropertyDescriptor(level, method)?.value;
  return typeof fn === 'function' ? handlerOf(fn) : undefined;
}

/**
 * True for a method that somebody wrote, false for what a decorator of the class made of the handler: such a class
 * has no name of its own, or the method is a function that was put there.
 */
function isOverride(level: object, { target, method }: DeclaredHandler): boolean {
  const { name } = (level as { readonly constructor: { readonly name?: unknown } }).constructor;
  if (name === '' || name === target.constructor.name) return false;
  const descriptor = Reflect.getOwnPropertyDescriptor(level, method)!;
  const { value, enumerable } = descriptor as {
    readonly value?: unknown;
    readonly enumerable?: boolean;
  };
  if (typeof value !== 'function' || enumerable) return false;
  const { name: written } = value as { readonly name: string };
  return (
    written === (typeof method === 'symbol' ? `[${method.description ?? ''}]` : method) &&
    !Object.hasOwn(value, 'prototype')
  );
}
