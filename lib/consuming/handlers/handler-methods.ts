import { type DeclaredHandler, handlerOf, handlersDeclaredOn } from './handler-declaration.js';

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
