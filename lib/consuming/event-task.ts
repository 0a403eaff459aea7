import {
  HaltedError,
  HandlersFailedError,
  type HandlerFailure,
  LayoutTooNewError,
} from '../errors/index.js';
import { topicWithoutPrefix } from '../transport/topic-prefix.js';
import type { Delivery } from '../transport/transport.interface.js';
import type { RecordEnd } from './consumer-runtime.options.js';
import type { ConsumingParts } from './consuming-parts.js';
import type { Abandonment } from './deadline.js';
import type { Dispatch } from './event-dispatcher.js';
import type { EventHandler } from './event-handler.interface.js';
import { laneOf } from './event-keys.js';
import { asError, failureLine } from './failure-log.js';
import type { HandlerTries } from './failure-policy.js';
import type { LaneWork } from './lanes.js';
import type { ReadEvent, UnusableRecord } from './record-reader.js';
import { auditedRecord, eventContext, isLost } from './received-event.js';

/** The source of a task, as far as its records can act on it. */
export interface TaskSource {
  readonly group: string;
  /** Nobody waits for handlers any longer. */
  readonly abandon: Abandonment;
  settle(delivery: Delivery): void;
  release(delivery: Delivery): void;
  /** A service that the record needs is away (an error), or answers again (null). */
  serviceFault(delivery: Delivery, error: Error | null): void;
  /** Stops the source at this record, which stays unsettled. */
  halt(at: Delivery, error: HaltedError): void;
}

/** One received record on its way to being settled: attempts, retries, recovery. */
export class EventTask implements LaneWork {
  readonly key: string;
  private readonly eventKey: string | null;
  private readonly tries = new Map<EventHandler, HandlerTries>();
  private readonly failures: HandlerFailure[] = [];
  private attempt = 0;

  constructor(
    private readonly parts: ConsumingParts,
    private readonly source: TaskSource,
    private readonly delivery: Delivery,
    private readonly record: ReadEvent | UnusableRecord,
  ) {
    this.eventKey = record.kind === 'event' ? parts.keys.keyOf(record, delivery.record) : null;
    this.key = laneOf(delivery.record, this.eventKey);
    if (record.kind === 'event') {
      for (const handler of record.handlers) this.tries.set(handler, { failures: 0, faults: 0 });
    }
  }

  drop(): void {
    this.source.serviceFault(this.delivery, null);
    this.source.release(this.delivery);
  }

  async run(): Promise<number | undefined> {
    if (isLost(this.delivery)) {
      this.drop();
      return undefined;
    }
    try {
      if (this.record.kind === 'event') return await this.handle(this.record);
      this.recover(this.record.error);
    } catch (error) {
      this.recover(error);
    }
    return undefined;
  }

  private async handle(event: ReadEvent): Promise<number | undefined> {
    const { dispatcher, status, telemetry } = this.parts;
    const handlers = [...this.tries.keys()];
    if (++this.attempt === 1)
      this.parts.audit.received(auditedRecord(this.delivery, event.received));
    else status.count('retried');
    const attributes = this.attributes(event);
    const begun = performance.now();
    const span = { ...attributes, message_id: event.received.metadata.id };
    const result = await telemetry.span('event_bus.process', span, () =>
      dispatcher.dispatch(this.dispatchOf(event, handlers)),
    );
    telemetry.record('event_bus.process.duration', performance.now() - begun, attributes);
    // A failed record that is no longer ours comes again elsewhere: nothing to decide here.
    if (result === 'abandoned' || (result.size && isLost(this.delivery))) {
      this.drop();
      return undefined;
    }
    const againAfterMs = this.judge(handlers, result);
    if (againAfterMs !== undefined) return againAfterMs;
    if (this.failures.length) this.recover(this.handlersFailed(event));
    else this.succeed();
    return undefined;
  }

  private dispatchOf(event: ReadEvent, handlers: readonly EventHandler[]): Dispatch {
    const { delivery, source, eventKey: key, attempt } = this;
    const { bus } = this.parts.settings;
    return {
      handlers,
      place: this.place(),
      data: attempt === 1 ? event.data : event.decode(),
      copy: (data) => event.codec.copy(data) as unknown,
      contextWith: (signal) =>
        eventContext(event, delivery, { bus, group: source.group, key, attempt, signal }),
      get lost() {
        return delivery.signal;
      },
      abandon: source.abandon,
    };
  }

  /** Keeps the handlers that must run again; ms until then, undefined when there are none. */
  private judge(
    handlers: readonly EventHandler[],
    thrown: ReadonlyMap<EventHandler, unknown>,
  ): number | undefined {
    let againAfterMs: number | undefined;
    let fault: Error | null = null;
    for (const handler of handlers) {
      const tries = this.tries.get(handler);
      if (!tries) continue;
      if (!thrown.has(handler)) {
        this.tries.delete(handler);
        continue;
      }
      const error = thrown.get(handler);
      const decision = this.parts.policy.decide(handler, error, tries);
      if (decision.next === 'recover') {
        this.failures.push({ handler: handler.name, error });
        this.tries.delete(handler);
        continue;
      }
      if (decision.next === 'waitForService') fault = asError(error);
      againAfterMs = Math.max(againAfterMs ?? 0, decision.delayMs);
    }
    this.source.serviceFault(this.delivery, fault);
    return againAfterMs;
  }

  private succeed(): void {
    this.source.settle(this.delivery);
    this.parts.audit.processed();
    this.parts.status.succeeded(this.source.group, this.delivery.source);
    this.end('handled');
  }

  /** No attempt is left: to the log and settled, or halted. */
  private recover(error: unknown): void {
    const { settings, status, logger } = this.parts;
    if (this.record.kind === 'unusable') status.count('unusable');
    const tooNew = error instanceof LayoutTooNewError && settings.onLayoutTooNew === 'halt';
    const halt = tooNew || settings.onFailure === 'halt';
    const what = `${this.record.kind === 'unusable' ? 'Unusable record' : 'Event failed'}${
      halt ? ', consumer halted at it' : ''
    }`;
    const failed = {
      delivery: this.delivery,
      group: this.source.group,
      received: this.record.received,
      error,
      attempts: this.attempt,
    };
    logger.error(failureLine(what, failed, settings.logEventData));
    this.source.serviceFault(this.delivery, null);
    if (halt) {
      status.failed();
      this.source.halt(this.delivery, new HaltedError({ ...this.place(), cause: error }));
      return;
    }
    this.source.settle(this.delivery);
    this.end(this.record.kind === 'unusable' ? 'unusable' : 'failed', asError(error));
  }

  private end(result: RecordEnd['result'], error?: Error): void {
    const { received } = this.record;
    this.parts.ended({
      result,
      group: this.source.group,
      topic: topicWithoutPrefix(this.parts.settings.topicPrefix, this.delivery.record.topic),
      position: this.delivery.position,
      ...(received && { type: received.type, metadata: received.metadata }),
      ...(error && { error }),
    });
  }

  private handlersFailed(event: ReadEvent): HandlersFailedError {
    return new HandlersFailedError(this.failures, event.handlers.length, this.place());
  }

  private place() {
    const { received } = this.record;
    return {
      topic: this.delivery.record.topic,
      group: this.source.group,
      ...(received && { eventType: received.type, eventId: received.metadata.id }),
    };
  }

  private attributes(event: ReadEvent) {
    return {
      bus: this.parts.settings.bus,
      group: this.source.group,
      topic: event.topic,
      event_type: event.received.type,
    };
  }
}
