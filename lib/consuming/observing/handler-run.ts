import type { TelemetrySpan } from '../../observability/event-bus-telemetry.js';

export interface RunEnd {
  readonly ms: number;
  readonly failure: { readonly thrown: unknown } | undefined;
}

/** One call of a handler, from its start to its end. */
export class HandlerRun {
  private readonly begun = performance.now();
  private isOver = false;

  constructor(
    readonly span: TelemetrySpan | undefined,
    private readonly over: (end: RunEnd) => void,
  ) {}

  /** Calls `work` where its span is the active one. */
  run<T>(work: () => T): T {
    return this.span ? this.span.run(work) : work();
  }

  /** Only the first call counts. */
  end(failure?: { readonly thrown: unknown }): void {
    if (this.isOver) return;
    this.isOver = true;
    this.over({ ms: performance.now() - this.begun, failure });
  }
}
