import { pauseFor } from '../../common/waiting.js';
import { HandlerGoneError } from '../../errors/dead-letter.errors.js';
import { asError } from '../../errors/thrown-values.js';
import { StatusBoard } from '../../observability/status-board.js';
import type { Delivery } from '../../transport/transport.interface.js';
import type { EventHandler } from '../handlers/handler-registry.js';
import type { ReadEvent, ReadRecord, SkippedRecord } from '../processing/event-decoder.js';
import {
  type ConsumerRuntimeOptions,
  flushWarnings,
  processingContext,
  type ProcessingContext,
} from '../processing/processing-context.js';
import type { RetryDelays } from '../processing/retry-delays.js';
import { RecordProcessor } from '../processing/record-processor.js';
import { SourceRecords } from '../processing/source-records.js';
import type { DeadLetter } from './dead-letters.js';
import { labelOf, type RecordEnd } from '../observing/consuming-observer.js';
import { recordOf } from './letter.js';
import type { OpenLetter } from './open-letters.js';

/** `skipped`: the handlers had handled the event before. `failedAgain`: a newer letter was written. `kept`: nothing was. */
export type RedriveEnd =
  | { readonly result: 'handled' | 'skipped' }
  | { readonly result: 'failedAgain' | 'kept'; readonly error: Error };

const STOPPED = 'the redrive was stopped before the handlers had finished; the letter stays open';

/** What ends a redrive before its handlers do. */
export interface RedriveSignals {
  /** No further attempt begins. */
  readonly stopped: AbortSignal;
  /** Handlers that run are not waited for. */
  readonly abandoned: AbortSignal;
}

/**
 * Gives letters to the handlers that failed, with retries and failure policy as in consuming; what fails again becomes a
 * letter again, whatever the policy says, and where consuming would halt the letter is kept as it is.
 */
export class LetterRedriver {
  private readonly parts: ProcessingContext;
  private last: RecordEnd | undefined;
  private halted: Error | undefined;

  constructor(
    options: Omit<ConsumerRuntimeOptions, 'onFatal' | 'onRecordEnd' | 'start' | 'member'>,
  ) {
    const { settings } = options;
    const topics = Object.entries(settings.topics).map(
      ([topic, options]) => [topic, { ...options, onFailure: undefined }] as const,
    );
    this.parts = processingContext(
      {
        ...options,
        settings: {
          ...settings,
          ...{ onFailure: 'deadLetter', consecutiveErrorsLimit: 0 },
          topics: Object.fromEntries(topics),
        },
        // Of the sources that are consumed it says nothing.
        status: new StatusBoard(settings.bus),
        onFatal: () => undefined,
        onRecordEnd: (end) => (this.last = end),
      },
      { halted: (error) => (this.halted = error), tooManyErrors: () => undefined },
    );
  }

  /** Resolves when the letter's handlers are done with it, or `until` says that it is to end. Never rejects. */
  async redrive(open: OpenLetter, until: RedriveSignals): Promise<RedriveEnd> {
    this.last = this.halted = undefined;
    try {
      const end = await this.process(open, until);
      if (end) return { result: 'kept', error: end };
    } catch (error) {
      return { result: 'kept', error: asError(error) };
    }
    const last = this.last as RecordEnd | undefined;
    if (last?.result === 'handled') return { result: 'handled' };
    if (last?.result === 'duplicate') return { result: 'skipped' };
    if (last?.result === 'deadLettered') return { result: 'failedAgain', error: last.error! };
    const error = this.failure ?? new Error(STOPPED);
    return { result: 'kept', error };
  }

  private get failure(): Error | undefined {
    return this.halted ?? this.last?.error;
  }

  /** What became of a letter that was to be redriven is counted. */
  ended({ position, group }: DeadLetter, result: string): void {
    this.parts.observer.letterRedriven(position.topic, group, labelOf(result));
  }

  /** Says what was left out of the log. */
  flush(): void {
    flushWarnings(this.parts);
  }

  /** Why nothing was done; undefined: it was. */
  private async process(
    { letter, facts, stored }: OpenLetter,
    { stopped, abandoned }: RedriveSignals,
  ): Promise<Error | undefined> {
    const { group } = letter;
    const original = letter.original!;
    const record = recordOf(stored.record, facts);
    const place = { id: letter.id, group, topic: letter.position.topic };
    const span = this.parts.observer.startRedrive(place, record);
    const notWritten = (error: Error): void => void (this.halted = error);
    const letters = this.parts.letters.following({ before: facts, notWritten });
    const parts = { ...this.parts, letters };
    const delivery: Delivery = {
      record,
      position: original,
      source: `letters of ${original.topic}`,
      signal: new AbortController().signal,
      isLost: false,
      settle: () => undefined,
      release: () => undefined,
      keepAlive: () => undefined,
    };
    const name = delivery.source;
    const nothing = (): void => undefined;
    const source = { group, name, pause: nothing, resume: nothing };
    const records = new SourceRecords(parts, source, () => Promise.resolve());
    const stop = (): void => records.stop();
    let processor: RecordProcessor | undefined;
    const abandon = (): void =>
      processor?.abandon(new Error('The event bus stopped before the handler finished'));
    stopped.addEventListener('abort', stop, { once: true });
    abandoned.addEventListener('abort', abandon, { once: true });
    if (stopped.aborted) stop();
    records.take([delivery]);
    try {
      const read = await this.readPatiently(delivery, records);
      if (!read || abandoned.aborted) return undefined;
      if (read.kind === 'serviceFault') return read.error;
      if (read.kind !== 'event' && read.kind !== 'unusable')
        return new HandlerGoneError(idsOf(letter.handlers), idsOfEvent(read));
      const event = read.kind === 'event' ? chosen(read, letter.handlers) : read;
      if (event instanceof HandlerGoneError) return event;
      processor = new RecordProcessor(parts, records, delivery, event);
      await runToEnd(processor, parts.delays, records.stopped);
      return undefined;
    } finally {
      stopped.removeEventListener('abort', stop);
      abandoned.removeEventListener('abort', abandon);
      records.forget();
      span?.end(undefined, this.failure && { thrown: this.failure });
    }
  }

  /** undefined: it was stopped before. */
  private async readPatiently(
    delivery: Delivery,
    { stopped, group }: SourceRecords,
  ): Promise<ReadRecord | undefined> {
    for (let faults = 1; !stopped.aborted; faults++) {
      const read = await this.parts.decoder.read(delivery, group);
      if (read.kind !== 'serviceFault') return read;
      this.last = undefined;
      this.halted = read.error;
      await pauseFor(this.parts.policy.serviceDelay(faults), stopped);
    }
    return undefined;
  }
}

async function runToEnd(
  processor: RecordProcessor,
  delays: RetryDelays,
  stopped: AbortSignal,
): Promise<void> {
  for (;;) {
    const againAfterMs = await new Promise<number | undefined>((ended) => processor.run(ended));
    if (againAfterMs === undefined) return;
    await new Promise<void>((resolve) => {
      const stop = (): void => (endEarly(), resolve());
      const endEarly = delays.wait(againAfterMs, () => {
        stopped.removeEventListener('abort', stop);
        resolve();
      });
      if (stopped.aborted) stop();
      else stopped.addEventListener('abort', stop, { once: true });
    });
    if (stopped.aborted) return processor.drop();
  }
}

/** The event for the handlers that failed alone: all of them where the letter names none. */
function chosen(
  event: ReadEvent,
  failed: readonly { readonly id: string }[],
): ReadEvent | HandlerGoneError {
  const ids = idsOf(failed);
  const gone = ids.filter((id) => !event.handlers.some(({ name }) => name === id));
  if (gone.length > 0) return new HandlerGoneError(gone, idsOfEvent(event));
  const handlers =
    ids.length === 0 ? event.handlers : event.handlers.filter(({ name }) => ids.includes(name));
  return { ...event, handlers: handlers.map(keeping) };
}

function idsOfEvent({ received: { type, metadata } }: ReadEvent | SkippedRecord) {
  return { eventType: type, eventId: metadata.id };
}

const idsOf = (handlers: readonly { readonly id: string }[]): string[] =>
  handlers.map(({ id }) => id);

/** The handler, whose failures become letters unless they halt. */
function keeping(handler: EventHandler): EventHandler {
  const { onFailure } = handler;
  if (onFailure === 'halt' || onFailure === undefined) return handler;
  return {
    ...handler,
    onFailure: 'deadLetter',
    invoke: (data, context) => handler.invoke(data, context),
    failed: (error) => handler.failed?.(error),
    succeeded: () => handler.succeeded?.(),
  };
}
