import { AsyncLocalStorage } from 'node:async_hooks';

const handledType = new AsyncLocalStorage<string>();

/**
 * Runs a handler of an event type. Everything that it starts, however late, is inside: there a send
 * of the same event type is refused unless it says `allowLoop` (reference: behaviour 1.7).
 */
export function runInsideHandler<T>(eventType: string, run: () => T): T {
  return handledType.run(eventType, run);
}

/** Whether the caller runs inside a handler of this event type, on whatever bus. */
export function isInsideHandlerOf(eventType: string): boolean {
  return handledType.getStore() === eventType;
}
