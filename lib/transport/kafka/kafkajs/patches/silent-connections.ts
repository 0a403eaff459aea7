import type { Admin, Consumer, Producer, RequestTimeoutEvent } from 'kafkajs';

/**
 * Has `end` end the connections to a broker, `host:port`, that left a request without an answer: kafkajs would
 * go on using them, and on a half-open one each further request would wait as long.
 */
export function endSilentConnections(
  client: Admin | Consumer | Producer,
  end: (broker: string) => void,
): void {
  const observed = client as {
    readonly events: { readonly REQUEST_TIMEOUT: string };
    on(name: string, listener: (event: RequestTimeoutEvent) => void): unknown;
  };
  observed.on(observed.events.REQUEST_TIMEOUT, ({ payload }) => end(payload.broker));
}
