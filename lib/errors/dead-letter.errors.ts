import { EventBusError, type EventBusErrorOptions } from './event-bus.error.js';

/** A handler that a dead letter is to be given to does not exist here: its id was changed, or the handler was removed. */
export class HandlerGoneError extends EventBusError {
  constructor(
    /** The ids that no handler of the event has. */
    readonly handlers: readonly string[],
    options: EventBusErrorOptions = {},
  ) {
    super(
      'HANDLER_GONE',
      handlers.length === 0
        ? 'The group has no handler for the event. Add a handler, redrive to the topic (--to topic), or discard the letter'
        : `No handler of the event has the id ${handlers.join(' or ')}. Give a handler this id, redrive to the topic (--to topic), or discard the letter`,
      options,
    );
  }
}
