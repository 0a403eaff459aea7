import { ATTRIBUTE, OTHER, positionAttributes } from '../observability/attributes.js';
import type {
  EventBusTelemetry,
  TelemetryAttributes,
  TelemetrySpan,
} from '../observability/event-bus-telemetry.js';
import { METRIC } from '../observability/metrics.js';
import { ErrorTypes, Series } from '../observability/series.js';
import type { EventCatalog } from '../events/event-catalog.js';
import type { PublishOutcome } from '../transport/transport.interface.js';
import type { PreparedEvent, TransportTraits } from '../transport/wire-format.interface.js';

export interface SendObserverOptions {
  readonly bus: string;
  readonly telemetry: EventBusTelemetry;
  readonly traits: Pick<TransportTraits, 'transportName'>;
  readonly catalog: Pick<EventCatalog, 'get'>;
}

/** One record on its way, from when it was submitted until its outcome is known. */
export interface ObservedSend {
  /** The event, with the context of its trace where it has one. */
  readonly event: PreparedEvent;
  /** Absent where there are no traces. */
  readonly span: TelemetrySpan | undefined;
  /** To be called once. */
  end(outcome: PublishOutcome): void;
  /** It was not taken. */
  reject(error: unknown): void;
}

/** Reports the sending of a bus to its telemetry. */
export class SendObserver {
  private readonly errorTypes = new ErrorTypes();
  private readonly sent: Series<((by: number) => void) | undefined>;
  private readonly durations: Series<((value: number) => void) | undefined>;

  private constructor(private readonly options: SendObserverOptions) {
    const { telemetry } = options;
    this.sent = new Series((topic, errorType, type) =>
      telemetry.counter?.(METRIC.sent, this.labels(topic, errorType, type)),
    );
    this.durations = new Series((topic, errorType, type) =>
      telemetry.histogram?.(METRIC.operationDuration, this.labels(topic, errorType, type)),
    );
  }

  /** Undefined where nobody wants to know. */
  static of(options: SendObserverOptions): SendObserver | undefined {
    const { telemetry } = options;
    return telemetry.counter || telemetry.histogram || telemetry.startSpan
      ? new SendObserver(options)
      : undefined;
  }

  /** Whether records have spans of their own: then those of client libraries would be further ones. */
  get traces(): boolean {
    return this.options.telemetry.startSpan !== undefined;
  }

  /** A record of the event is about to be published to the full topic. */
  begin(event: PreparedEvent, topic: string): ObservedSend {
    const begun = performance.now();
    const span = this.startSpan(event, topic);
    const measure = (error?: unknown): void =>
      this.measure(event, topic, error, (performance.now() - begun) / 1_000);
    return {
      event: span ? this.carrying(event, span) : event,
      span,
      end: (outcome) => {
        const isSent = outcome.status === 'sent';
        if (isSent) measure();
        else measure(outcome.error);
        span?.end(this.placeOf(outcome), isSent ? undefined : { thrown: outcome.error });
      },
      reject: (error) => {
        measure(error);
        span?.end(undefined, { thrown: error });
      },
    };
  }

  /** Prepared events that are published later belong to the trace in which they were prepared. */
  prepared(events: readonly PreparedEvent[]): readonly PreparedEvent[] {
    const headers = this.options.telemetry.inject?.() ?? [];
    return headers.length === 0 ? events : events.map((event) => withHeaders(event, headers));
  }

  private startSpan(event: PreparedEvent, topic: string): TelemetrySpan | undefined {
    const { telemetry, traits, bus } = this.options;
    if (!telemetry.startSpan) return undefined;
    const created = telemetry.extract?.((name) => headerOf(event, name));
    return telemetry.startSpan({
      name: `send ${topic}`,
      kind: 'producer',
      links: created && [created],
      attributes: {
        [ATTRIBUTE.system]: traits.transportName,
        [ATTRIBUTE.systemBefore]: traits.transportName,
        [ATTRIBUTE.operation]: 'send',
        [ATTRIBUTE.operationType]: 'send',
        [ATTRIBUTE.topic]: topic,
        [ATTRIBUTE.messageId]: event.metadata.id,
        [ATTRIBUTE.eventType]: event.type,
        [ATTRIBUTE.bus]: bus,
      },
    });
  }

  /** What was prepared in a trace keeps the context that it has. */
  private carrying(event: PreparedEvent, span: TelemetrySpan): PreparedEvent {
    const headers = this.options.telemetry.inject?.(span.context) ?? [];
    const isNew = headers.length > 0 && headerOf(event, headers[0]![0]) === undefined;
    return isNew ? withHeaders(event, headers) : event;
  }

  private placeOf(outcome: PublishOutcome): TelemetryAttributes | undefined {
    const position = outcome.status === 'sent' ? outcome.receipt.position : null;
    return position ? positionAttributes(this.options.traits.transportName, position) : undefined;
  }

  private measure(event: PreparedEvent, topic: string, error: unknown, seconds: number): void {
    const type = this.options.catalog.get(event.type) ? event.type : OTHER;
    const errorType = error === undefined ? '' : this.errorTypes.of(error);
    this.sent.of(topic, errorType, type)?.(1);
    this.durations.of(topic, errorType, type)?.(seconds);
  }

  private labels(topic: string, errorType: string, type: string): TelemetryAttributes {
    const { bus, traits } = this.options;
    return {
      [ATTRIBUTE.bus]: bus,
      [ATTRIBUTE.system]: traits.transportName,
      [ATTRIBUTE.operation]: 'send',
      [ATTRIBUTE.topic]: topic,
      [ATTRIBUTE.eventType]: type,
      [ATTRIBUTE.errorType]: errorType === '' ? undefined : errorType,
    };
  }
}

function withHeaders(
  event: PreparedEvent,
  headers: readonly (readonly [string, string])[],
): PreparedEvent {
  const added = headers.map(([name, value]) => [name, Buffer.from(value)] as const);
  return { ...event, attributes: [...event.attributes, ...added] };
}

function headerOf({ attributes }: PreparedEvent, name: string): string | undefined {
  const value = attributes.find(([given]) => given === name)?.[1];
  return value ? Buffer.from(value).toString('latin1') : undefined;
}
