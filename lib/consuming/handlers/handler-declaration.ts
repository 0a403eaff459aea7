import type { EventDefinition } from '../../events/event-definition.js';
import type { RetrySettings } from '../../settings/event-bus-settings.js';
import { carryMetadata, HANDLER } from './carried-metadata.js';

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
  readonly retry: Partial<RetrySettings> | undefined;
}

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
