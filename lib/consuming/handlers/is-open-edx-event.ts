import type { ArgumentsHost } from '@nestjs/common';
import { OpenEdxEventContext } from './event-context.js';

/**
 * True inside the call of an event handler: lets a guard, pipe, interceptor or filter that also
 * serves HTTP tell where it runs. `context.switchToRpc().getContext<OpenEdxEventContext>()` is the
 * event then, and `switchToRpc().getData()` its data.
 */
export function isOpenEdxEvent(context: ArgumentsHost): boolean {
  return (
    context.getType() === 'rpc' && context.switchToRpc().getContext() instanceof OpenEdxEventContext
  );
}
