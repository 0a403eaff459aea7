import { forkOf, hereContext, importContext } from '../../common/async-contexts.js';
import type { ConsumingParts } from './processing-context.js';
import type { EventAttempt } from './event-attempt.js';
import type { DispatchResult } from './event-dispatcher.js';

type Parts = Pick<ConsumingParts, 'dispatcher' | 'telemetry' | 'settings'>;

/**
 * Dispatches inside a span of its own, which handlers find in their async context, and measures how long it takes.
 * Rejects as the dispatcher throws.
 */
export function tracedDispatch(parts: Parts, attempt: EventAttempt): Promise<DispatchResult> {
  return forkOf(importContext).runInAsyncScope(() => inSpan(parts, attempt));
}

async function inSpan(
  { dispatcher, telemetry, settings: { bus } }: Parts,
  attempt: EventAttempt,
): Promise<DispatchResult> {
  const { received, topic } = attempt.event;
  const attributes = { bus, group: attempt.origin.group, topic, event_type: received.type };
  const begun = performance.now();
  const result = await telemetry.span(
    'event_bus.process',
    { ...attributes, message_id: received.metadata.id },
    () =>
      new Promise<DispatchResult>((resolve) =>
        dispatcher.dispatch(attempt, resolve, hereContext()),
      ),
  );
  telemetry.record('event_bus.process.duration', performance.now() - begun, attributes);
  return result;
}
