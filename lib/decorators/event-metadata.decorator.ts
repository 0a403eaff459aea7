import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { OpenEdxEventContext } from '../consuming/handlers/event-context.js';
import type { EventMetadata as Metadata } from '../events/event-metadata.js';

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
