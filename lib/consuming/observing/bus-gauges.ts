import { ATTRIBUTE } from '../../observability/attributes.js';
import type { EventBusTelemetry, GaugeValue } from '../../observability/event-bus-telemetry.js';
import type { EventBusStatus } from '../../observability/event-bus-status.js';
import { METRIC } from '../../observability/metrics.js';
import type { EventTransport } from '../../transport/transport.interface.js';

export interface BusGaugesOptions {
  readonly bus: string;
  readonly telemetry: EventBusTelemetry;
  readonly status: EventBusStatus;
  readonly transport: EventTransport;
}

/** What the status of a bus says, as metrics. Returns what ends them. */
export function showStatus({ bus, telemetry, status, transport }: BusGaugesOptions): () => void {
  const attributes = { [ATTRIBUTE.bus]: bus };
  const inFlight = (): GaugeValue[] =>
    status.snapshot().sources.map(({ group, source, inFlight: value }) => ({
      value,
      attributes: { ...attributes, [ATTRIBUTE.group]: group, ...placeOf(source, transport) },
    }));
  const loopDelay = (): GaugeValue[] => [
    { value: status.snapshot().eventLoop.longestDelayMs / 1_000, attributes },
  ];
  const ends = [
    telemetry.gauge?.(METRIC.inFlight, inFlight),
    telemetry.gauge?.(METRIC.loopDelay, loopDelay),
    countReconnects(telemetry, transport, attributes),
  ];
  return () => {
    for (const end of ends) end?.();
  };
}

/** `topic/partition`, or the name of a stream. */
function placeOf(source: string, { capabilities }: EventTransport) {
  const slash = source.lastIndexOf('/');
  if (!capabilities.partitions || slash < 0) return { [ATTRIBUTE.topic]: source };
  return {
    [ATTRIBUTE.topic]: source.slice(0, slash),
    [ATTRIBUTE.partition]: source.slice(slash + 1),
  };
}

function countReconnects(
  telemetry: EventBusTelemetry,
  { status$ }: EventTransport,
  attributes: { readonly [name: string]: string },
): (() => void) | undefined {
  const add = telemetry.counter?.(METRIC.reconnects, attributes);
  if (!add) return undefined;
  let wasDegraded = false;
  const watching = status$.subscribe(({ state }) => {
    if (state === 'ready' && wasDegraded) add(1);
    wasDegraded = state === 'degraded';
  });
  return () => watching.unsubscribe();
}
