import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { openTelemetry } from 'nestjs-openedx-event-bus/opentelemetry';

/** Collects when `GET /metrics` asks for it; it starts no server of its own. */
export const exporter = new PrometheusExporter({ preventServerStart: true });

export const telemetry = openTelemetry({
  meterProvider: new MeterProvider({ readers: [exporter] }),
});
