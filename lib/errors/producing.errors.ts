import { EventBusError, type EventBusErrorOptions } from './event-bus.error.js';
import { applicationError, messageOf } from './foreign-error.js';

/** Neither `topic` was given nor does the producer configuration have a topic for the event type; nothing was sent. */
export class NoRouteError extends EventBusError {
  constructor(eventType: string) {
    super(
      'NO_ROUTE',
      'No topic was given and no route is configured for this event type; nothing was sent. Pass { topic } or add a route to EVENT_BUS_PRODUCER_CONFIG',
      { eventType },
    );
  }
}

/** A handler tried to send the event type that it is handling, without `allowLoop`; nothing was sent. */
export class LoopGuardError extends EventBusError {
  constructor(eventType: string) {
    super(
      'LOOP_GUARD',
      'A handler of this event type tried to send the same event type; nothing was sent. Pass { allowLoop: true } to allow it',
      { eventType },
    );
  }
}

/** What became of a send on one of its topics. */
export interface TopicOutcome {
  /** Full topic: with the environment prefix. */
  readonly topic: string;
  /** `unknown`: the reply was lost or came too late; the record may be on the topic. */
  readonly status: 'sent' | 'notSent' | 'unknown';
  /** Why the broker did not confirm it. Absent where it was `sent`. */
  readonly error?: Error;
}

const WORDS = { sent: 'sent', notSent: 'not sent', unknown: 'may be stored' } as const;

/** At least one topic of a send was not confirmed by the broker. */
export class SendError extends EventBusError {
  /** One for each topic of the send, those that were confirmed included, in the order of the routes. */
  readonly outcomes: readonly TopicOutcome[];

  constructor(outcomes: readonly TopicOutcome[], options: EventBusErrorOptions) {
    const failed = outcomes.filter((o) => o.status !== 'sent');
    super(
      'SEND_FAILED',
      `The broker did not confirm the event on ${failed.length} of ${outcomes.length} topics: ${failed
        .map((o) => `${o.topic}: ${WORDS[o.status]}${o.error ? ` (${messageOf(o.error)})` : ''}`)
        .join('; ')}`,
      { cause: applicationError(failed[0]?.error), ...options },
    );
    this.outcomes = outcomes.map(printable);
  }
}

function printable(outcome: TopicOutcome): TopicOutcome {
  const { error } = outcome;
  const shown = applicationError(error) as Error;
  return error === shown ? outcome : { ...outcome, error: shown };
}

/**
 * The producer or transport was closed before the broker confirmed the record. The status of the outcome says whether the record
 * may be stored (`unknown`) or is not (`notSent`).
 */
export class ClosedError extends EventBusError {
  constructor(what: string, options: EventBusErrorOptions = {}) {
    super('CLOSED', `${what} is closed`, options);
  }
}

/**
 * Too many records are waiting for the broker already: `maxBufferedRecords`, or half of that for topics that make no
 * progress. Nothing was sent.
 */
export class BufferFullError extends EventBusError {
  /** `limit`: `maxBufferedRecords`. `isOfStalledTopics`: the topic makes no progress, and such topics fill half of it. */
  constructor(
    limit: number,
    options: EventBusErrorOptions = {},
    { isOfStalledTopics = false }: { readonly isOfStalledTopics?: boolean } = {},
  ) {
    super(
      'BUFFER_FULL',
      isOfStalledTopics
        ? `The send buffer has no room left for topics that make no progress: at most ${Math.ceil(limit / 2)} records for such topics may wait for the broker (half of maxBufferedRecords). The event was not sent; check whether the broker accepts records for the topic, and send it again later`
        : `The send buffer is full: ${limit} records are waiting for the broker (maxBufferedRecords). The event was not sent; check whether the broker is reachable, and send it again later`,
      options,
    );
  }
}

/** The time for a send, or of `EventBusTestKit.emit`, was over before the broker or the handlers were done. */
export class SendTimeoutError extends EventBusError {
  /** `ms`: how long it was waited for. */
  constructor(what: string, ms: number, options: EventBusErrorOptions = {}) {
    super('SEND_TIMEOUT', `${what} timed out after ${Math.round(ms)} ms`, options);
  }
}

/**
 * The schema registry rejected the schema of an event or of its key, or does not have it while `autoRegister` is off.
 * A retry gives the same answer until somebody changes the registry; nothing was sent.
 */
export class SchemaRejectedError extends EventBusError {
  constructor(
    /** The subject in the registry, such as `dev-enrollments-value`. */
    readonly subject: string,
    /** HTTP status of the registry's answer: 409 incompatible, 422 invalid, 404 not registered. */
    readonly status: number,
    reason: string,
    options: EventBusErrorOptions = {},
  ) {
    super('SCHEMA_REJECTED', `Schema registry, subject ${subject}: ${reason}`, options);
  }
}
