import type { ConsumingBus } from '../support/consuming-bus.js';

/** Records that members have received and neither settled nor released. */
export function inHandOf(members: readonly { readonly bus: ConsumingBus }[]): number {
  return members
    .flatMap(({ bus }) => bus.status.snapshot().sources)
    .reduce((sum, { inFlight }) => sum + inFlight, 0);
}
