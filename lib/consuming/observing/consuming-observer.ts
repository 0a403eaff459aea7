import { systemNow } from '../../common/clocks.js';
import type { LogFields } from '../../common/log-fields.js';
import { codeOf } from '../../errors/error-code.js';
import { messageOf } from '../../errors/foreign-error.js';
import { outsideText } from '../../errors/outside-text.js';
import type { EventCatalog } from '../../events/event-catalog.js';
import { ATTRIBUTE, OTHER, positionAttributes } from '../../observability/attributes.js';
import { CHANNEL } from '../../observability/diagnostics.js';
import type {
  EventBusTelemetry,
  TelemetryAttributes,
  TelemetryContext,
  TelemetrySpan,
} from '../../observability/event-bus-telemetry.js';
import { andMore, type LineRate } from '../../observability/line-limits.js';
import type { EventMetadata } from '../../events/event-metadata.js';
import type {
  Delivery,
  IncomingRecord,
  RecordPosition,
} from '../../transport/transport.interface.js';
import type { TransportTraits } from '../../transport/wire-format.interface.js';
import type { DeadLetterHook } from '../dead-letters/dead-letter-hook.js';
import type { WrittenLetter } from '../dead-letters/letter-writer.js';
import type { OpenEdxEventContext } from '../handlers/event-context.js';
import type { EventHandler } from '../handlers/handler-registry.js';
import { ConsumingMetrics } from './consuming-metrics.js';
import { HandlerRun, type RunEnd } from './handler-run.js';
import { RecordTraces } from './record-traces.js';

export interface ConsumingObserverOptions {
  readonly bus: string;
  readonly catalog: Pick<EventCatalog, 'get'>;
  readonly telemetry: EventBusTelemetry;
  readonly traits: Pick<TransportTraits, 'transportName'>;
  /** Called when a record was settled; what it throws is logged. */
  readonly onRecordEnd?: ((end: RecordEnd) => void) | undefined;
  readonly onDeadLetter?: DeadLetterHook | undefined;
  /** Errors of these two. */
  readonly errors: Pick<LineRate, 'offer'>;
}

/** How a record ended: reported once, when it is settled. */
export interface RecordEnd {
  /**
   * `handled`: all handlers succeeded. `duplicate`: all are idempotent and had handled the event before. `failed`: the
   * failure policy recovered it (`log`). `unusable`: as `failed`, for a record that is no event. `deadLettered`: one of these,
   * kept as a dead letter. `unknownType` and `noHandler`: skipped. `retriedLater`: it waits for another attempt on a topic of
   * its own.
   */
  readonly result:
    | 'retriedLater'
    | 'handled'
    | 'duplicate'
    | 'failed'
    | 'unusable'
    | 'deadLettered'
    | 'unknownType'
    | 'noHandler';
  readonly group: string;
  /** Without the environment prefix. */
  readonly topic: string;
  readonly position: RecordPosition;
  /** Where the record could be read that far. */
  readonly type?: string;
  readonly metadata?: EventMetadata;
  readonly error?: Error;
  /** How many records wait because of it for a later retry; each of them has an end of its own, with the same position. */
  readonly waiting?: number;
  /** Where it was kept. */
  readonly letter?: WrittenLetter;
}

/** An operation of the transport that was over before it was told of. */
export interface Operation {
  readonly topic: string;
  readonly group: string;
  readonly ms: number;
  readonly error?: Error | undefined;
}

/** Most links of a span that everyone keeps. */
const MOST_LINKS = 128;

/**
 * Reports the consuming of a bus to its telemetry, to the diagnostics channels and to hooks of the application. Where there is
 * none of them it does nothing, and makes nothing.
 */
export class ConsumingObserver {
  /** Absent where nothing is measured. */
  private readonly metrics: ConsumingMetrics | undefined;
  /** Absent where there are no traces. */
  private readonly traces: RecordTraces | undefined;

  constructor(private readonly options: ConsumingObserverOptions) {
    const { telemetry, bus, traits } = options;
    if (telemetry.counter || telemetry.histogram)
      this.metrics = new ConsumingMetrics(telemetry, bus, traits.transportName);
    if (telemetry.startSpan) this.traces = new RecordTraces(telemetry);
  }

  /** A group reads the topic, and may write dead letters to the other one. All are full names. */
  expect(topic: string, group: string, letterTopic?: string): void {
    this.metrics?.expect(topic, group, letterTopic);
  }

  /** A handler is about to be called. Undefined where nobody wants to know. */
  begin(handler: EventHandler, context: OpenEdxEventContext): HandlerRun | undefined {
    const { metrics, traces } = this;
    if (!metrics && !traces && !CHANNEL.handled.hasSubscribers) return undefined;
    const span = traces && this.startProcess(traces, handler, context);
    return new HandlerRun(span, (end) => this.handlerEnded(handler, context, span, end));
  }

  /** The broker delivered records of one source. */
  received(group: string, batch: readonly Delivery[]): void {
    const { metrics, traces } = this;
    if (!metrics && !traces) return;
    const { topic } = batch[0]!.record;
    metrics?.received(topic, group, batch.length);
    if (!traces) return;
    const links: TelemetryContext[] = [];
    for (const { record } of batch) {
      if (links.length === MOST_LINKS) break;
      const { sender } = traces.of(record);
      if (sender) links.push(sender);
    }
    this.options.telemetry
      .startSpan?.({
        name: `receive ${topic}`,
        kind: 'client',
        parent: null,
        links,
        attributes: {
          ...this.attributes('receive', 'receive', topic, group),
          [ATTRIBUTE.messageCount]: batch.length,
        },
      })
      .end();
  }

  /** The broker answered to acknowledgements, or did not. */
  acknowledged({ topic, group, ms, error }: Operation): void {
    this.metrics?.acknowledged(topic, group, ms / 1_000);
    if (!this.traces) return;
    this.options.telemetry
      .startSpan?.({
        name: `settle ${topic}`,
        kind: 'client',
        parent: null,
        startTime: systemNow() - ms,
        attributes: this.attributes('settle', 'settle', topic, group),
      })
      .end(undefined, error && { thrown: error });
  }

  retried(topic: string, group: string, type: string): void {
    this.metrics?.retried(topic, group, this.known(type));
  }

  /** An idempotent handler was not called. */
  skippedDuplicate(topic: string, group: string, handler: string): void {
    this.metrics?.skippedDuplicate(topic, group, handler);
  }

  /** A group is done with a record. */
  ended(end: RecordEnd): void {
    if (CHANNEL.ended.hasSubscribers) this.tellEnded(end);
    if (this.metrics) this.measureEnded(this.metrics, end);
    const { onRecordEnd, onDeadLetter, errors } = this.options;
    if (onDeadLetter && end.letter) void callHook(onDeadLetter, end, end.letter, errors);
    try {
      onRecordEnd?.(end);
    } catch (error) {
      const { topic, partition, offset } = end.position;
      errors.offer(
        'onRecordEnd',
        (leftOut) =>
          `onRecordEnd threw for topic=${outsideText(topic)}, partition=${partition}, offset=${offset}; the record is not affected: ${messageOf(error)}${andMore(leftOut)}`,
        { fields: () => fieldsOf(end) },
      );
    }
  }

  private measureEnded(metrics: ConsumingMetrics, end: RecordEnd): void {
    const { group, type, metadata, result, letter } = end;
    const { topic } = end.position;
    const label = type === undefined ? OTHER : this.known(type);
    metrics.ended(topic, group, label, labelOf(result));
    if (letter) metrics.letterWritten(topic, group, letter.topic);
    if (result === 'handled' && metadata)
      metrics.aged(topic, group, label, metadata.time, systemNow());
  }

  /** A record was written to another topic: as a dead letter, or to wait for a later retry. */
  handedOver(
    { record, group, begun }: { record: IncomingRecord; group: string; begun: number },
    topic: string,
    letterId?: string,
  ): void {
    const { traces } = this;
    if (!traces) return;
    const { sender, failed } = traces.of(record);
    this.options.telemetry
      .startSpan?.({
        name: `send ${topic}`,
        kind: 'producer',
        parent: sender ?? null,
        links: [...(failed?.values() ?? [])],
        startTime: begun,
        attributes: {
          ...this.attributes('send', 'send', topic, group),
          [ATTRIBUTE.letterId]: letterId,
        },
      })
      .end();
  }

  /** A letter of a topic is being redriven. Undefined where there are no traces. */
  startRedrive(
    letter: { readonly id: string; readonly topic: string; readonly group: string },
    record: IncomingRecord,
  ): TelemetrySpan | undefined {
    const { traces } = this;
    if (!traces) return undefined;
    const { topic, group, id } = letter;
    const trace = traces.of(record);
    const span = this.options.telemetry.startSpan?.({
      name: `redrive ${topic}`,
      kind: 'internal',
      links: trace.sender && [trace.sender],
      attributes: {
        ...this.attributes('redrive', undefined, topic, group),
        [ATTRIBUTE.letterId]: id,
      },
    });
    trace.redrive = span?.context;
    return span;
  }

  letterRedriven(letterTopic: string, group: string, result: string): void {
    this.metrics?.letterRedriven(letterTopic, group, result);
  }

  private startProcess(
    traces: RecordTraces,
    { name }: EventHandler,
    { record, position, group, type, metadata, attempt }: OpenEdxEventContext,
  ) {
    const { telemetry, traits } = this.options;
    const { sender, failed, redrive } = traces.of(record);
    const links = [failed?.get(name), redrive].filter((link) => link !== undefined);
    return telemetry.startSpan!({
      name: `process ${record.topic}`,
      kind: 'consumer',
      parent: sender ?? null,
      links,
      attributes: {
        ...this.attributes('process', 'process', record.topic, group ?? undefined),
        ...positionAttributes(traits.transportName, position),
        [ATTRIBUTE.messageId]: metadata.id,
        [ATTRIBUTE.eventType]: type,
        [ATTRIBUTE.handler]: name,
        [ATTRIBUTE.attempt]: attempt,
        [ATTRIBUTE.redriven]: redrive && true,
      },
    });
  }

  private handlerEnded(
    { name }: EventHandler,
    context: OpenEdxEventContext,
    span: HandlerRun['span'],
    { ms, failure }: RunEnd,
  ): void {
    const { metrics, traces } = this;
    const { record, type } = context;
    const group = context.group ?? '';
    if (failure) {
      if (metrics)
        metrics.handlerFailed(
          { topic: record.topic, group, type: this.known(type), handler: name },
          failure.thrown,
          ms / 1_000,
        );
      if (span && traces) {
        const trace = traces.of(record);
        (trace.failed ??= new Map<string, TelemetryContext>()).set(name, span.context);
      }
    } else metrics?.handled(record.topic, group, this.known(type), name, ms / 1_000);
    span?.end(undefined, failure);
    if (CHANNEL.handled.hasSubscribers) this.tellHandled(name, context, { ms, failure });
  }

  private tellHandled(
    handler: string,
    { group, record, position, type, metadata, attempt }: OpenEdxEventContext,
    { ms, failure }: RunEnd,
  ): void {
    CHANNEL.handled.publish({
      ...{ bus: this.options.bus, group, topic: record.topic },
      ...{ partition: position.partition, offset: position.offset },
      ...{ eventType: type, eventId: metadata.id, handler, attempt, durationMs: ms },
      ...(failure && { failure }),
    });
  }

  private tellEnded({ group, position, result, type, metadata, error, letter }: RecordEnd): void {
    CHANNEL.ended.publish({
      ...{ bus: this.options.bus, group, ...position, result: labelOf(result) },
      ...(type !== undefined && { eventType: type }),
      ...(metadata && { eventId: metadata.id }),
      ...(error && { error }),
      ...(letter && { deadLetter: { id: letter.id, topic: letter.topic } }),
    });
  }

  private attributes(
    operation: string,
    operationType: string | undefined,
    topic: string,
    group: string | undefined,
  ): TelemetryAttributes {
    const { bus, traits } = this.options;
    return {
      [ATTRIBUTE.system]: traits.transportName,
      [ATTRIBUTE.systemBefore]: traits.transportName,
      [ATTRIBUTE.operation]: operation,
      [ATTRIBUTE.operationType]: operationType,
      [ATTRIBUTE.topic]: topic,
      [ATTRIBUTE.group]: group,
      [ATTRIBUTE.bus]: bus,
    };
  }

  /** Types come from the wire: strangers share one name. */
  private known(type: string): string {
    return this.options.catalog.get(type) ? type : OTHER;
  }
}

/** Never rejects. */
async function callHook(
  hook: DeadLetterHook,
  end: RecordEnd,
  letter: WrittenLetter,
  errors: Pick<LineRate, 'offer'>,
): Promise<void> {
  const { group, position, type, metadata, error } = end;
  try {
    await hook({
      ...letter,
      group,
      record: position,
      ...(type !== undefined && { type }),
      ...(metadata && { metadata }),
      error: error!,
    });
  } catch (thrown) {
    errors.offer(
      'onDeadLetter',
      (leftOut) =>
        `onDeadLetter threw for letter ${letter.id}; the letter is kept: ${messageOf(thrown)}${andMore(leftOut)}`,
      { fields: () => fieldsOf(end) },
    );
  }
}

function fieldsOf({ group, position, type, metadata, error }: RecordEnd): LogFields {
  const { topic, partition, offset } = position;
  const event = { eventType: type, eventId: metadata?.id };
  return { group, topic, partition, offset, ...event, code: codeOf(error) };
}

const labels = new Map<string, string>();

/** As labels are written: `unknownType` is `unknown_type`. */
export function labelOf(name: string): string {
  let label = labels.get(name);
  if (label === undefined) {
    label = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    labels.set(name, label);
  }
  return label;
}
