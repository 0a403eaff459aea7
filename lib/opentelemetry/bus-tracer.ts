import {
  type Context,
  context,
  type Link,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import { ATTRIBUTE } from '../observability/attributes.js';
import type {
  TelemetryAttributes,
  TelemetryContext,
  TelemetrySpan,
  TelemetrySpanStart,
} from '../observability/event-bus-telemetry.js';
import { ErrorTypes } from '../observability/series.js';
import { known } from './bus-meter.js';

const KINDS = {
  internal: SpanKind.INTERNAL,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const;

/** Starts spans; contexts of the bus are span contexts of OpenTelemetry. */
export class BusTracer {
  private readonly errorTypes = new ErrorTypes();

  constructor(
    private readonly tracer: () => Tracer,
    private readonly recordExceptions: boolean,
  ) {}

  start({ name, kind, attributes, parent, links, startTime }: TelemetrySpanStart): TelemetrySpan {
    const below = parent === undefined ? context.active() : contextOf(parent);
    const span = this.tracer().startSpan(
      name,
      {
        kind: KINDS[kind],
        attributes: known(attributes),
        ...(links && links.length > 0 && { links: links.map(linkTo) }),
        ...(startTime !== undefined && { startTime }),
      },
      below,
    );
    return new BusSpan(span, below, this.errorTypes, this.recordExceptions);
  }
}

class BusSpan implements TelemetrySpan {
  private isOver = false;

  constructor(
    private readonly span: Span,
    private readonly below: Context,
    private readonly errorTypes: ErrorTypes,
    private readonly recordsExceptions: boolean,
  ) {}

  get context(): TelemetryContext {
    return this.span.spanContext();
  }

  run<T>(work: () => T): T {
    return context.with(trace.setSpan(this.below, this.span), work);
  }

  end(attributes?: TelemetryAttributes, error?: { readonly thrown: unknown }): void {
    if (this.isOver) return;
    this.isOver = true;
    const { span } = this;
    if (attributes) span.setAttributes(known(attributes));
    if (error) {
      span.setAttribute(ATTRIBUTE.errorType, this.errorTypes.of(error.thrown));
      span.setStatus({ code: SpanStatusCode.ERROR });
      if (this.recordsExceptions && error.thrown instanceof Error)
        span.recordException(error.thrown);
    }
    span.end();
  }
}

function contextOf(parent: TelemetryContext | null): Context {
  return parent === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, asSpan(parent));
}

const linkTo = (to: TelemetryContext): Link => ({ context: asSpan(to) });

const asSpan = (given: TelemetryContext): SpanContext => given as SpanContext;
