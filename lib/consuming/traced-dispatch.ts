import type { ConsumingParts } from './consuming-parts.js';
import type { EventAttempt } from './event-attempt.js';
import type { DispatchResult } from './event-dispatcher.js';

/** Dispatches inside a span, and measures how long it takes. Rejects as the dispatcher throws. */
export async function tracedDispatch(
  {
    dispatcher,
    telemetry,
    settings: { bus },
  }: Pick<ConsumingParts, 'dispatcher' | 'telemetry' | 'settings'>,
  attempt: EventAttempt,
): Promise<DispatchResult> {
  const { received, topic } = attempt.event;
  const attributes = { bus, group: attempt.origin.group, topic, event_type: received.type };
  const begun = performance.now();
  const result = await telemetry.span(
    'event_bus.process',
    { ...attributes, message_id: received.metadata.id },
    () => new Promise<DispatchResult>((resolve) => dispatcher.dispatch(attempt, resolve)),
  );
  telemetry.record('event_bus.process.duration', performance.now() - begun, attributes);
  return result;
}
