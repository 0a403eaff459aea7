import { createParamDecorator, type ExecutionContext, Inject } from '@nestjs/common';
import type { OpenEdxEventContext } from '../consuming/handlers/event-context.js';
import type { EventMetadata as Metadata } from '../events/event-metadata.js';
import { DEFAULT_BUS, producerToken, statusToken } from '../event-bus.constants.js';

/** The metadata of an event. */
export type EventMetadata = Metadata;

/**
 * Gives a handler's parameter the metadata of the event, or one field of it: `@EventMetadata('id')`.
 *
 * @example
 * ```ts
 * handle(@Payload() data: CourseEnrollment, @EventMetadata() metadata: EventMetadata) {}
 * ```
 */
export const EventMetadata: (field?: keyof Metadata) => ParameterDecorator = createParamDecorator(
  (field: keyof Metadata | undefined, execution: ExecutionContext) => {
    const { metadata } = execution.switchToRpc().getContext<OpenEdxEventContext>();
    return field === undefined ? metadata : metadata[field];
  },
);

/** Injects the `EventBusProducer` of a named bus; the unnamed one is also injected by its class. */
export function InjectEventProducer(
  bus: string = DEFAULT_BUS,
): PropertyDecorator & ParameterDecorator {
  return Inject(producerToken(bus));
}

/** Injects the `EventBusStatus` of a named bus; the unnamed one is also injected by its class. */
export function InjectEventBusStatus(
  bus: string = DEFAULT_BUS,
): PropertyDecorator & ParameterDecorator {
  return Inject(statusToken(bus));
}
