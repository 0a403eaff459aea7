import type { EventDefinition } from '../events/event-definition.js';
import type { RetrySettings } from '../settings/event-bus-settings.js';

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

const DECLARATIONS = Symbol.for('nestjs-openedx-event-bus:handler-declarations');

/** Decorators run from the bottom up; declarations are kept from the top down. */
export function declareHandler(method: object, declaration: HandlerDeclaration): void {
  Reflect.defineMetadata(DECLARATIONS, [declaration, ...declarationsOf(method)], method);
}

export function declarationsOf(method: object): readonly HandlerDeclaration[] {
  return (Reflect.getMetadata(DECLARATIONS, method) ?? []) as readonly HandlerDeclaration[];
}
