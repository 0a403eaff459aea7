import { context, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base';

/** A span as a golden tree has it: other spans by their names, and nothing that differs from run to run. */
export interface SeenSpan {
  readonly name: string;
  readonly kind: string;
  /** undefined: it begins a trace. */
  readonly parent: string | undefined;
  readonly links: readonly string[];
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly failed: boolean;
}

/** Keeps the spans of a test; contexts are kept in AsyncLocalStorage, as in every application. */
export class TraceRecorder implements SpanProcessor {
  private readonly exporter = new InMemorySpanExporter();
  private started: string[] = [];
  readonly provider: BasicTracerProvider = new BasicTracerProvider({
    spanProcessors: [this, new SimpleSpanProcessor(this.exporter)],
  });
  readonly tracer = this.provider.getTracer('test');

  constructor() {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  }

  /** Those that have ended, in the order in which they started: the clocks of two spans may differ by a millisecond. */
  get spans(): readonly ReadableSpan[] {
    const orderOf = (span: ReadableSpan): number => this.started.indexOf(span.spanContext().spanId);
    return this.exporter.getFinishedSpans().sort((a, b) => orderOf(a) - orderOf(b));
  }

  named(name: string): readonly ReadableSpan[] {
    return this.spans.filter((span) => span.name === name);
  }

  /** In the order in which they started, those with one of the names where there are any. */
  tree(...names: string[]): SeenSpan[] {
    return seenSpans(this.spans).filter(({ name }) => !names.length || names.includes(name));
  }

  reset(): void {
    this.exporter.reset();
    this.started = [];
  }

  end(): void {
    context.disable();
  }

  onStart(span: ReadableSpan): void {
    this.started.push(span.spanContext().spanId);
  }

  onEnd(): void {}

  forceFlush(): Promise<void> {
    return Promise.resolve();
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }
}

function seenSpans(spans: readonly ReadableSpan[]): SeenSpan[] {
  const nameOf = (id: string | undefined): string | undefined =>
    id === undefined
      ? undefined
      : (spans.find((span) => span.spanContext().spanId === id)?.name ?? `unknown ${id}`);
  return spans.map((span) => ({
    name: span.name,
    kind: SpanKind[span.kind],
    parent: nameOf(span.parentSpanContext?.spanId),
    links: span.links.map((link) => nameOf(link.context.spanId)!),
    attributes: span.attributes,
    failed: span.status.code === SpanStatusCode.ERROR,
  }));
}
