import { ATTRIBUTE, OTHER } from '../../observability/attributes.js';
import type { EventBusTelemetry } from '../../observability/event-bus-telemetry.js';
import { METRIC } from '../../observability/metrics.js';
import { ErrorTypes, Series } from '../../observability/series.js';

type Add = (by: number) => void;
type Record = (value: number) => void;

/** A value of a histogram costs several microseconds: one of ages is taken as often as this for each set of labels. */
const AGE_EVERY_MS = 100;

/** Of the handlers of one event type on one topic in one group. */
interface Handling {
  readonly age: Record | undefined;
  /** When the last age was measured, in ms since the epoch. */
  agedAt: number;
  readonly durations: Map<string, Record | undefined>;
}

/** The counters and histograms of consuming, each made for a set of attributes when it is first needed. */
export class ConsumingMetrics {
  readonly errorTypes = new ErrorTypes();
  private readonly consumed: Series<Add | undefined>;
  private readonly handling: Series<Handling>;
  private readonly results: Series<Map<string, Add | undefined>>;
  private readonly retries: Series<Add | undefined>;
  private readonly failures: Series<Map<string, Add | undefined>>;
  private readonly failedDurations: Series<Map<string, Record | undefined>>;
  private readonly duplicates: Series<Add | undefined>;
  private readonly letters: Series<Add | undefined>;
  private readonly redriven: Series<Add | undefined>;
  private readonly operations: Series<Record | undefined>;

  constructor(
    private readonly telemetry: EventBusTelemetry,
    private readonly bus: string,
    private readonly system: string,
  ) {
    const of = (topic: string, group: string, type = '') => this.attributes(topic, group, type);
    this.consumed = new Series((topic, group) =>
      telemetry.counter?.(METRIC.consumed, {
        ...of(topic, group),
        [ATTRIBUTE.operation]: 'receive',
      }),
    );
    this.handling = new Series((topic, group, type) => ({
      age: telemetry.histogram?.(METRIC.age, of(topic, group, type)),
      agedAt: 0,
      durations: new Map<string, Record | undefined>(),
    }));
    this.results = new Series(() => new Map<string, Add | undefined>());
    this.retries = new Series((topic, group, type) =>
      telemetry.counter?.(METRIC.retries, of(topic, group, type)),
    );
    this.failures = new Series(() => new Map<string, Add | undefined>());
    this.failedDurations = new Series(() => new Map<string, Record | undefined>());
    this.duplicates = new Series((topic, group, handler) =>
      telemetry.counter?.(METRIC.duplicates, {
        ...of(topic, group),
        [ATTRIBUTE.handler]: handler,
      }),
    );
    this.letters = new Series((topic, group, letterTopic) =>
      telemetry.counter?.(METRIC.lettersWritten, {
        ...of(topic, group),
        [ATTRIBUTE.letterTopic]: letterTopic,
      }),
    );
    this.redriven = new Series((letterTopic, group, result) =>
      telemetry.counter?.(METRIC.lettersRedriven, {
        [ATTRIBUTE.bus]: bus,
        [ATTRIBUTE.system]: system,
        [ATTRIBUTE.letterTopic]: letterTopic,
        [ATTRIBUTE.group]: group,
        [ATTRIBUTE.result]: result,
      }),
    );
    this.operations = new Series((topic, group, operation) =>
      telemetry.histogram?.(METRIC.operationDuration, {
        ...of(topic, group),
        [ATTRIBUTE.operation]: operation,
      }),
    );
  }

  /**
   * A group reads the topic. What alerts watch starts at 0: of a counter that appears with 1, Prometheus does not see that it
   * grew.
   */
  expect(topic: string, group: string, letterTopic: string | undefined): void {
    this.consumed.of(topic, group)?.(0);
    this.resultOf(topic, group, OTHER, 'unusable')?.(0);
    if (letterTopic !== undefined) this.letters.of(topic, group, letterTopic)?.(0);
  }

  received(topic: string, group: string, count: number): void {
    this.consumed.of(topic, group)?.(count);
  }

  acknowledged(topic: string, group: string, seconds: number): void {
    this.operations.of(topic, group, 'settle')?.(seconds);
  }

  handled(topic: string, group: string, type: string, handler: string, seconds: number): void {
    const { durations } = this.handling.of(topic, group, type);
    let record = durations.get(handler);
    if (!record && !durations.has(handler)) {
      record = this.durationOf(topic, group, type, handler);
      durations.set(handler, record);
    }
    record?.(seconds);
  }

  handlerFailed(
    { topic, group, type, handler }: FailedHandler,
    thrown: unknown,
    seconds: number,
  ): void {
    const code = this.errorTypes.of(thrown);
    const key = `${handler}\n${code}`;
    const counts = this.failures.of(topic, group, type);
    if (!counts.has(key))
      counts.set(
        key,
        this.telemetry.counter?.(METRIC.handlerFailures, {
          ...this.attributes(topic, group, type),
          [ATTRIBUTE.handler]: handler,
          [ATTRIBUTE.errorType]: code,
        }),
      );
    counts.get(key)?.(1);
    const durations = this.failedDurations.of(topic, group, type);
    if (!durations.has(key)) durations.set(key, this.durationOf(topic, group, type, handler, code));
    durations.get(key)?.(seconds);
  }

  retried(topic: string, group: string, type: string): void {
    this.retries.of(topic, group, type)?.(1);
  }

  ended(topic: string, group: string, type: string, result: string): void {
    this.resultOf(topic, group, type, result)?.(1);
  }

  /** An event that was made at `time` was handled at `now` (ms since the epoch). Most values under load are left out. */
  aged(topic: string, group: string, type: string, time: string, now: number): void {
    const handling = this.handling.of(topic, group, type);
    if (!handling.age || Math.abs(now - handling.agedAt) < AGE_EVERY_MS) return;
    handling.agedAt = now;
    const seconds = (now - Date.parse(time)) / 1_000;
    if (seconds >= 0) handling.age(seconds);
  }

  skippedDuplicate(topic: string, group: string, handler: string): void {
    this.duplicates.of(topic, group, handler)?.(1);
  }

  letterWritten(topic: string, group: string, letterTopic: string): void {
    this.letters.of(topic, group, letterTopic)?.(1);
  }

  letterRedriven(letterTopic: string, group: string, result: string): void {
    this.redriven.of(letterTopic, group, result)?.(1);
  }

  private resultOf(topic: string, group: string, type: string, result: string): Add | undefined {
    const results = this.results.of(topic, group, type);
    let add = results.get(result);
    if (!add && !results.has(result)) {
      add = this.telemetry.counter?.(METRIC.records, {
        ...this.attributes(topic, group, type),
        [ATTRIBUTE.result]: result,
      });
      results.set(result, add);
    }
    return add;
  }

  private durationOf(
    topic: string,
    group: string,
    type: string,
    handler: string,
    errorType?: string,
  ): Record | undefined {
    return this.telemetry.histogram?.(METRIC.processDuration, {
      ...this.attributes(topic, group, type),
      [ATTRIBUTE.operation]: 'process',
      [ATTRIBUTE.handler]: handler,
      [ATTRIBUTE.errorType]: errorType,
    });
  }

  private attributes(topic: string, group: string, type: string) {
    return {
      [ATTRIBUTE.bus]: this.bus,
      [ATTRIBUTE.system]: this.system,
      [ATTRIBUTE.topic]: topic,
      [ATTRIBUTE.group]: group,
      [ATTRIBUTE.eventType]: type === '' ? undefined : type,
    };
  }
}

export interface FailedHandler {
  readonly topic: string;
  readonly group: string;
  readonly type: string;
  readonly handler: string;
}
