import {
  type EventBusErrorPlace,
  HaltedError,
  HandlersFailedError,
  type HandlerFailure,
  UnsupportedSchemaError,
} from '../../errors/index.js';
import type { LogFields } from '../../common/log-fields.js';
import { codeOf } from '../../errors/error-code.js';
import { asError } from '../../errors/thrown-values.js';
import { type FailureAction, graverAction } from '../../settings/failure-settings.js';
import { durationText } from '../../settings/duration.js';
import { systemNow } from '../../common/clocks.js';
import type { LetterSource, WrittenLetter } from '../dead-letters/letter-writer.js';
import type { EarlierAttempts } from '../later-retries/waiting-record.js';
import { topicWithoutPrefix } from '../../transport/topic-prefix.js';
import type { Delivery } from '../../transport/transport.interface.js';
import type { RecordEnd } from '../observing/consuming-observer.js';
import type { ProcessingContext } from './processing-context.js';
import type { SourceRecords } from './source-records.js';
import { type AttemptedRecord, EventAttempt } from './event-attempt.js';
import type { DispatchResult, RunningDispatch } from './event-dispatcher.js';
import type { EventHandler } from '../handlers/handler-registry.js';
import { laneOf } from './event-keys.js';
import { failureLine, givenUpText, type HandlerTries } from './failure-policy.js';
import type { LaneWork } from './lanes.js';
import { decodeAgain, type ReadEvent, type UnusableRecord } from './event-decoder.js';
import { outsideText } from '../../errors/outside-text.js';
import type { AuditedEvent, AuditedRecord } from '../../observability/audit-log.js';

const NO_HANDLERS: readonly EventHandler[] = [];

/** One received record on its way to being settled: attempts, retries, recovery. */
export class RecordProcessor implements LaneWork, AttemptedRecord, AuditedEvent {
  /** The handlers that have not succeeded or failed for good. */
  private handlers: readonly EventHandler[];
  private tries: Map<EventHandler, HandlerTries> | undefined;
  private failures: HandlerFailure[] | undefined;
  /** Those of them that are to have the event again, where it becomes a dead letter. */
  private kept: HandlerFailure[] | undefined;
  /** Those that are to have it after a delay, by the delay in ms. */
  private later: Map<number, HandlerFailure[]> | undefined;
  private isHandingOver = false;
  /** What is to happen to the record because of them. */
  private action: FailureAction = 'log';
  private attempt = 0;
  /** The attempt called no handler, because others are handling the event: it is made again. */
  private isClaimedElsewhere = false;
  /** Idempotent handlers that had handled the event before. */
  private skipped = 0;
  private knownKey: string | null | undefined;
  private running: RunningDispatch | undefined;

  constructor(
    private readonly parts: ProcessingContext,
    private readonly source: SourceRecords,
    readonly delivery: Delivery,
    private readonly record: ReadEvent | UnusableRecord,
  ) {
    this.handlers = record.kind === 'event' ? record.handlers : NO_HANDLERS;
    if (record.failures) this.takeFailures(record.failures);
  }

  /** Whose turn it was or is. When the attempt is over, it is no longer known which handlers had a part in it. */
  get name(): string {
    if (this.record.kind === 'unusable') return 'an unusable record';
    const handlers = this.handlers.length > 0 ? this.handlers : this.record.handlers;
    return handlers.map(({ name }) => name).join(', ');
  }

  /** Whether its handlers may be running. */
  get isHandling(): boolean {
    return !this.isHandingOver;
  }

  /** Whether its handlers have the data that came with it. */
  get isFirstAttempt(): boolean {
    return this.attempt === 1;
  }

  /** What an attempt that does not end is waiting for. */
  get waitsFor(): { readonly attempt: number; readonly handlers: readonly string[] } {
    const { attempts: attempt, running, handlers } = this;
    return { attempt, handlers: running?.waitsFor ?? handlers.map(({ name }) => name) };
  }

  get key(): string {
    return laneOf(this.delivery.record, this.eventKey);
  }

  get bus(): string {
    return this.parts.settings.bus;
  }

  get group(): string {
    return this.source.group;
  }

  /** The key of the event; found without the data, which handlers may have changed. */
  get eventKey(): string | null {
    if (this.knownKey === undefined) {
      const { parts, record, delivery, attempt } = this;
      // Handlers own the data once it was given to them.
      const data = () =>
        record.kind === 'event' && (attempt === 0 ? record.data : decodeAgain(record, this.place));
      this.knownKey =
        record.kind === 'event' ? parts.keys.keyOf(record, delivery.record, data) : null;
    }
    return this.knownKey;
  }

  get place(): EventBusErrorPlace {
    const { received } = this.record;
    return {
      topic: this.delivery.record.topic,
      group: this.source.group,
      ...(received && { eventType: received.type, eventId: received.metadata.id }),
    };
  }

  /** Handlers that run are told, and no longer waited for. */
  abandon(reason: Error): void {
    this.running?.abandon(reason);
  }

  drop(): void {
    this.source.serviceFault(this.delivery, null);
    this.source.release(this.delivery);
  }

  run(ended: (againAfterMs: number | undefined) => void): void {
    if (isLost(this.delivery)) {
      this.drop();
      ended(undefined);
    } else if (this.record.kind === 'unusable') {
      this.recover(this.record.error, () => ended(undefined));
    } else {
      this.handle(this.record, ended);
    }
  }

  private handle(event: ReadEvent, ended: (againAfterMs: number | undefined) => void): void {
    const { dispatcher, status, observer, audit } = this.parts;
    let isOver = false;
    const conclude = (result: DispatchResult): void => {
      isOver = true;
      this.running = undefined;
      this.conclude(event, result, ended);
    };
    try {
      if (!this.isClaimedElsewhere) {
        if (++this.attempt === 1) audit.received(this);
        if (this.attempts > 1) {
          status.count('retried');
          observer.retried(this.delivery.record.topic, this.group, event.received.type);
        }
      }
      this.isClaimedElsewhere = false;
      const attempt = new EventAttempt(event, this, this.handlers, this.attempts);
      const running = dispatcher.dispatch(attempt, conclude);
      if (!isOver) this.running = running;
    } catch (error) {
      this.recover(error, () => ended(undefined));
    }
  }

  /** Decides what comes after an attempt, and calls `ended` once that is done. Never throws. */
  private conclude(
    event: ReadEvent,
    result: DispatchResult,
    ended: (againAfterMs: number | undefined) => void,
  ): void {
    let againAfterMs: number | undefined;
    try {
      // A failed record that is no longer ours is redelivered elsewhere: nothing to decide here.
      if (result === 'abandoned' || (result.size && isLost(this.delivery))) {
        this.drop();
      } else {
        againAfterMs = this.judge(event, result);
        if (againAfterMs === undefined && this.later && this.action !== 'halt')
          return void this.leaveForLater(event, this.later).then(() => ended(undefined));
        if (againAfterMs === undefined && this.failures)
          return this.recover(this.handlersFailed(event), () => ended(undefined), this.action);
        if (againAfterMs === undefined) this.succeed();
      }
    } catch (error) {
      return this.recover(error, () => ended(undefined));
    }
    ended(againAfterMs);
  }

  /** Keeps the handlers that must run again; ms until then, undefined when there are none. */
  private judge(event: ReadEvent, thrown: ReadonlyMap<EventHandler, unknown>): number | undefined {
    const { topic, received } = event;
    let againAfterMs: number | undefined;
    let fault: Error | null = null;
    let waiting = 0;
    let again: EventHandler[] | undefined;
    for (const [handler, error] of thrown) {
      const failure = {
        ...{ handler, error, attempt: this.attempts, topic, received },
        laterRetries: this.parts.retries && (event.earlier?.round ?? 0),
        about: this,
      };
      const decision = this.parts.policy.decide(failure, this.triesOf(handler));
      const failed = { handler: handler.name, error };
      if (decision.next === 'later') {
        this.addLater(decision.delayMs, failed);
        continue;
      }
      if (decision.next === 'recover') {
        (this.failures ??= []).push(failed);
        if (decision.action === 'deadLetter') (this.kept ??= []).push(failed);
        this.action = graverAction(this.action, decision.action);
        continue;
      }
      (again ??= []).push(handler);
      if (decision.next === 'waitForService') fault = asError(error);
      if (decision.next === 'waitForClaim') waiting++;
      againAfterMs = Math.max(againAfterMs ?? 0, decision.delayMs);
    }
    this.isClaimedElsewhere = waiting > 0 && waiting === this.handlers.length;
    this.handlers = again ?? NO_HANDLERS;
    // Reading does not resume before it halts.
    const halts = !again && this.action === 'halt';
    if (!halts) this.source.serviceFault(this.delivery, fault);
    return againAfterMs;
  }

  private triesOf(handler: EventHandler): HandlerTries {
    this.tries ??= new Map<EventHandler, HandlerTries>();
    let tries = this.tries.get(handler);
    if (!tries) this.tries.set(handler, (tries = { failures: 0, faults: 0 }));
    return tries;
  }

  private takeFailures(failures: readonly HandlerFailure[]): void {
    if (failures.length === 0) return;
    this.failures = [...failures];
    this.action = this.parts.policy.actionFor(this.topicWithoutPrefix);
    if (this.action === 'deadLetter') this.kept = [...failures];
  }

  private addLater(delayMs: number, failed: HandlerFailure): void {
    this.later ??= new Map<number, HandlerFailure[]>();
    const others = this.later.get(delayMs);
    if (others) others.push(failed);
    else this.later.set(delayMs, [failed]);
  }

  /** Attempts at the record until now, those before it was left to wait included. */
  private get attempts(): number {
    return this.attempt + (this.earlier?.attempts ?? 0);
  }

  private get earlier(): EarlierAttempts | undefined {
    return this.record.kind === 'event' ? this.record.earlier : undefined;
  }

  private succeed(): void {
    this.source.settle(this.delivery);
    this.parts.audit.processed(this);
    this.parts.status.succeeded(this.source.group, this.delivery.source);
    const { record } = this;
    const isDuplicate = record.kind === 'event' && this.skipped === record.handlers.length;
    this.end(isDuplicate && this.skipped > 0 ? 'duplicate' : 'handled');
  }

  /** A handler was not called, because it has handled the event. */
  handledBefore({ name }: EventHandler): void {
    this.skipped++;
    this.parts.status.count('duplicatesSkipped');
    this.parts.observer.skippedDuplicate(this.delivery.record.topic, this.group, name);
  }

  /** Inserts the mark of `context.once` into a transaction of the application; undefined: no store can. */
  get insertMark(): AttemptedRecord['insertMark'] {
    return this.parts.marks?.insertFor(this.place, this.parts.again);
  }

  /**
   * Resolves when the record waits at the broker for each delay, and what is to happen because of other handlers has happened;
   * or when it is no longer ours. Never rejects.
   */
  private async leaveForLater(
    event: ReadEvent,
    later: ReadonlyMap<number, readonly HandlerFailure[]>,
  ): Promise<void> {
    const { delivery, source, earlier, failures } = this;
    const { observer } = this.parts;
    this.isHandingOver = true;
    const next: EarlierAttempts = {
      attempts: this.attempts,
      round: (earlier?.round ?? 0) + 1,
      firstTime: earlier?.firstTime ?? new Date(systemNow()),
    };
    const at = {
      ...{ record: delivery.record, original: delivery.position },
      ...{ group: source.group, earlier: next },
    };
    for (const [delayMs, failed] of later) {
      const waiting = { ...at, handlers: failed.map(({ handler }) => handler) };
      const sending = { record: delivery.record, group: source.group, begun: systemNow() };
      const topic = await this.parts.retries!.write(waiting, delayMs, this.writing);
      if (!topic) {
        this.isHandingOver = false;
        return this.drop();
      }
      observer.handedOver(sending, topic.name);
      this.logFailure(
        this.handlersFailed(event, failed),
        `It is retried in ${durationText(delayMs)} (later retry ${next.round}) and waits on topic ${outsideText(topic.name)}`,
        'warn',
      );
    }
    this.isHandingOver = false;
    this.parts.status.count('retriedLater');
    if (failures)
      return new Promise((over) => this.recover(this.handlersFailed(event), over, this.action));
    source.serviceFault(delivery, null);
    source.settle(delivery);
    this.end('retriedLater');
  }

  /** What the writing of a letter, or of a record that is to wait, depends on. */
  private get writing(): LetterSource {
    const { delivery, source } = this;
    return {
      stopped: source.stopped,
      isLost: () => isLost(delivery),
      failed: (failure) => source.serviceFault(delivery, failure),
    };
  }

  /** No attempt is left: to the log and settled, kept as a dead letter and settled, or halted. */
  private recover(
    error: unknown,
    over: () => void,
    action = this.parts.policy.actionFor(this.topicWithoutPrefix),
  ): void {
    const { settings, status } = this.parts;
    const { lost } = this.delivery.record.unreadable ?? {};
    if (this.record.kind === 'unusable' && !lost) status.count('unusable');
    const tooNew =
      error instanceof UnsupportedSchemaError && settings.onUnsupportedSchema === 'halt';
    if (tooNew || action === 'halt') {
      this.logFailure(error, 'Consuming stops at this record, which is not acknowledged');
      status.failed();
      const { position } = this.delivery;
      this.source.halt(this.delivery, new HaltedError({ ...this.place, position, cause: error }));
      over();
    } else if (action === 'deadLetter' && !lost) {
      void this.keep(error).then(over);
    } else {
      this.skip(error);
      over();
    }
  }

  private skip(error: unknown, rejected?: Error): void {
    const { lost } = this.delivery.record.unreadable ?? {};
    this.logFailure(error, givenUpText(lost !== undefined, rejected));
    this.source.serviceFault(this.delivery, null);
    if (lost) this.parts.status.count('lost', lost.count);
    this.source.settle(this.delivery);
    this.end(this.record.kind === 'unusable' ? 'unusable' : 'failed', asError(error));
  }

  /** Resolves when the record is a dead letter at the broker and settled, or is no longer ours to settle. Never rejects. */
  private async keep(error: unknown): Promise<void> {
    const { letters, observer } = this.parts;
    const { delivery, source } = this;
    const sending = { record: delivery.record, group: source.group, begun: systemNow() };
    this.isHandingOver = true;
    try {
      const given = {
        ...{ delivery, error, group: source.group, attempts: this.attempts },
        failures: this.kept ?? [],
        firstTime: this.earlier?.firstTime,
      };
      const result = await letters.write(given, this.writing);
      if (result.end === 'written')
        observer.handedOver(sending, result.letter.topic, result.letter.id);
      if (result.end === 'givenUp') this.drop();
      else if (result.end === 'written') this.settleKept(error, result.letter);
      else this.skip(error, result.error);
    } finally {
      this.isHandingOver = false;
    }
  }

  private settleKept(error: unknown, letter: WrittenLetter): void {
    const { status } = this.parts;
    this.logFailure(
      error,
      `The record is kept as dead letter ${letter.id} on topic ${outsideText(letter.topic)}`,
    );
    this.source.serviceFault(this.delivery, null);
    status.count('deadLettered');
    this.source.settle(this.delivery);
    this.end('deadLettered', asError(error), letter);
  }

  private logFailure(error: unknown, end: string, level: 'error' | 'warn' = 'error'): void {
    const { logger, settings } = this.parts;
    const { lost } = this.delivery.record.unreadable ?? {};
    const unusable = lost ? 'Lost records' : 'Unusable record';
    const what = this.record.kind === 'unusable' ? unusable : 'Event failed';
    const failed = {
      delivery: this.delivery,
      group: this.source.group,
      received: this.record.received,
      error,
      attempts: this.attempts,
    };
    const fields = { ...this.fields, handler: handlersOf(error), code: codeOf(error) };
    const line = failureLine(`${what}. ${end}`, failed, settings.logEventData);
    logger[level](line, fields);
  }

  /** Of log lines about the record. */
  get fields(): LogFields {
    const { delivery, record, attempts } = this;
    const { topic, partition, offset } = delivery.position;
    const { received } = record;
    return {
      ...{ group: this.group, topic, partition, offset },
      ...{ eventType: received?.type, eventId: received?.metadata.id },
      attempt: attempts || undefined,
    };
  }

  /** Of the audit line of a received event. */
  get audited(): AuditedRecord {
    const { delivery, record } = this;
    const { topic, partition, offset } = delivery.position;
    const { id = '', time = '' } = record.received?.metadata ?? {};
    const timestampMs = delivery.record.brokerTime ?? epochMs(time);
    return { topic, partition, offset, messageId: id, timestampMs };
  }

  private end(result: RecordEnd['result'], error?: Error, letter?: WrittenLetter): void {
    const { received } = this.record;
    const ended: RecordEnd = {
      result,
      group: this.source.group,
      topic: this.topicWithoutPrefix,
      position: this.delivery.position,
      ...(received && { type: received.type, metadata: received.metadata }),
      ...(error && { error }),
      ...(letter && { letter }),
      ...(this.later && { waiting: this.later.size }),
    };
    this.parts.observer.ended(ended);
    if (error) this.parts.failed(ended);
  }

  private get topicWithoutPrefix(): string {
    const { record } = this;
    if (record.kind === 'event') return record.topic;
    return topicWithoutPrefix(this.parts.settings.topicPrefix, this.delivery.record.topic);
  }

  private handlersFailed(
    event: ReadEvent,
    failures: readonly HandlerFailure[] = this.failures ?? [],
  ): HandlersFailedError {
    return new HandlersFailedError(failures, event.handlers.length, this.place);
  }
}

/** Whether the record is no longer ours; where the transport allows, without having its signal made. */
export function isLost(delivery: Delivery): boolean {
  return delivery.isLost ?? delivery.signal.aborted;
}

/** Those that failed; undefined where none was called. */
function handlersOf(error: unknown): string | undefined {
  if (!(error instanceof HandlersFailedError)) return undefined;
  return error.failures.map(({ handler }) => handler).join(', ');
}

function epochMs(time: string): number | undefined {
  const made = Date.parse(time);
  return Number.isNaN(made) ? undefined : made;
}
