import { EventBusError, type EventBusErrorOptions } from './event-bus.error.js';

/** `context.once` was called, and the bus has no idempotency store that can mark events inside a transaction. */
export class OnceUnavailableError extends EventBusError {
  constructor(options: EventBusErrorOptions = {}) {
    super(
      'ONCE_UNAVAILABLE',
      'context.once needs an idempotency store that can mark an event inside a transaction of your database: set idempotency.store in EventBusModule.forRoot to a store that has the method once',
      options,
    );
  }
}
