import { createParamDecorator, type ExecutionContext, Inject } from '@nestjs/common';
import type { OpenEdxEventContext } from '../consuming/handlers/event-context.js';
import type { EventMetadata } from '../events/event-metadata.js';
import {
  DEFAULT_EVENT_BUS,
  getDeadLettersToken,
  getEventBusProducerToken,
  getEventBusStatusToken,
} from '../event-bus.constants.js';

/**
 * Gives a handler's parameter the metadata of the event, or one field of it: `@EventMeta('id')`.
 *
 * @example
 * ```ts
 * handle(@Payload() data: CourseEnrollment, @EventMeta() metadata: EventMetadata) {}
 * ```
 */
export const EventMeta: (field?: keyof EventMetadata) => ParameterDecorator = createParamDecorator(
  (field: keyof EventMetadata | undefined, execution: ExecutionContext) => {
    const { metadata } = execution.switchToRpc().getContext<OpenEdxEventContext>();
    return field === undefined ? metadata : metadata[field];
  },
);

/** Injects the EventBusProducer of a named bus. That of the unnamed bus is also injected by its class. */
export function InjectEventBusProducer(
  bus: string = DEFAULT_EVENT_BUS,
): PropertyDecorator & ParameterDecorator {
  return Inject(getEventBusProducerToken(bus));
}

/** Injects the EventBusStatus of a named bus. That of the unnamed bus is also injected by its class. */
export function InjectEventBusStatus(
  bus: string = DEFAULT_EVENT_BUS,
): PropertyDecorator & ParameterDecorator {
  return Inject(getEventBusStatusToken(bus));
}

/** Injects the DeadLetters of a named bus. Those of the unnamed bus are also injected by their class. */
export function InjectDeadLetters(
  bus: string = DEFAULT_EVENT_BUS,
): PropertyDecorator & ParameterDecorator {
  return Inject(getDeadLettersToken(bus));
}
