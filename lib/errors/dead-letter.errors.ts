import { EventBusError, type EventBusErrorOptions } from './event-bus.error.js';

/**
 * A handler that a dead letter, or a record that waited for a later retry, is to be given to does not exist here: its id was
 * changed, or the handler was removed.
 */
export class HandlerGoneError extends EventBusError {
  constructor(
    /** The ids that no handler of the event has. */
    readonly handlers: readonly string[],
    options: EventBusErrorOptions = {},
  ) {
    super(
      'HANDLER_GONE',
      handlers.length === 0
        ? 'The group has no handler for the event. Add a handler. If the record is a dead letter, you can also redrive it to the topic (--to topic), or discard it'
        : `No handler of the event has the id ${handlers.join(' or ')}. Give a handler this id. If the record is a dead letter, you can also redrive it to the topic (--to topic), or discard it`,
      options,
    );
  }
}
