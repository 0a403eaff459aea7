import type { Admin, Consumer, Producer, RequestTimeoutEvent } from 'kafkajs';
import type { TrackedSockets } from './tracked-sockets.js';

/**
 * Ends the connections to a broker that left a request without an answer: kafkajs would go on using
 * them, and on a half-open one each further request would wait as long. With `all` those to the other
 * brokers end too: where they lie idle, each would have to be found silent in its turn.
 */
export function endSilentConnections(
  client: Admin | Consumer | Producer,
  sockets: TrackedSockets,
  which: 'to the broker' | 'all' = 'to the broker',
): void {
  const observed = client as {
    readonly events: { readonly REQUEST_TIMEOUT: string };
    on(name: string, listener: (event: RequestTimeoutEvent) => void): unknown;
  };
  observed.on(observed.events.REQUEST_TIMEOUT, ({ payload }) => {
    sockets.interrupt(which === 'all' ? undefined : payload.broker);
  });
}
