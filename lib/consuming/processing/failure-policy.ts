import {
  ServiceUnavailableError,
  EventBusError,
  HandlersFailedError,
  UnsupportedSchemaError,
  UnusableRecordError,
} from '../../errors/index.js';
import type { LogFields } from '../../common/log-fields.js';
import { messageOf } from '../../errors/foreign-error.js';
import { codeOf } from '../../errors/error-code.js';
import type { EventBusSettings } from '../../settings/event-bus-settings.js';
import {
  type FailureAction,
  type FailureContext,
  retryOf,
  topicOptions,
} from '../../settings/failure-settings.js';
import {
  delayAfter,
  ignoreRejection,
  jitteredDelayAfter,
  type Backoff,
} from '../../common/waiting.js';
import type { EventHandler } from '../handlers/handler-registry.js';
import { ClaimedElsewhereError } from '../idempotency/claimed-elsewhere.error.js';
import { laterDelays } from '../later-retries/retry-topics.js';
import { isUnrecoverable } from '../handlers/handler-result.js';
import { outsideText } from '../../errors/outside-text.js';
import { thrownText } from '../../errors/thrown-values.js';
import type { Delivery } from '../../transport/transport.interface.js';
import type { EventBusLogger, ReceivedEvent } from '../../transport/wire-format.interface.js';

/**
 * `unrecoverable`: no retry can cure it. `serviceFault`: another service is unavailable, retried until it recovers.
 * `claimedElsewhere`: another process is handling the event. `handler`: everything else, retried as often as the settings say.
 */
export type FailureClass = 'unrecoverable' | 'serviceFault' | 'claimedElsewhere' | 'handler';

/** Never throws, whatever was thrown. */
export function classify(error: unknown): FailureClass {
  try {
    if (isUnrecoverable(error)) return 'unrecoverable';
    if (error instanceof ClaimedElsewhereError) return 'claimedElsewhere';
    return error instanceof ServiceUnavailableError ? 'serviceFault' : 'handler';
  } catch {
    // A proxy may refuse to say of what class it is.
    return 'handler';
  }
}

/** What one handler has been through with one event. */
export interface HandlerTries {
  /** Failed attempts that count. */
  failures: number;
  /** Service faults, and waits for a claim, in a row. */
  faults: number;
}

export type Decision =
  | {
      readonly next: 'retry' | 'later' | 'waitForService' | 'waitForClaim';
      readonly delayMs: number;
    }
  | { readonly next: 'recover'; readonly action: FailureAction };

/** A handler's failure, as far as the policy needs to know it. */
export interface Failure {
  readonly handler: EventHandler;
  readonly error: unknown;
  readonly attempt: number;
  readonly topic: string;
  readonly received: Pick<ReceivedEvent, 'type' | 'metadata'>;
  /** How many later retries the record has had; undefined: it can have none. */
  readonly laterRetries?: number | undefined;
  /** The record, for the fields of log lines. */
  readonly about?: { readonly fields: LogFields };
}

export interface FailurePolicyOptions {
  readonly settings: Pick<EventBusSettings, 'bus' | 'retry' | 'onFailure' | 'classify' | 'topics'>;
  readonly serviceFault: Backoff;
  readonly logger: Pick<EventBusLogger, 'error'>;
}

/**
 * Decides what follows a failure: another attempt, at once or later, waiting for a service, or recovery. Each value is taken from the
 * narrowest of handler, topic and bus that has it.
 */
export class FailurePolicy {
  constructor(private readonly options: FailurePolicyOptions) {}

  /** Updates `tries`. */
  decide(failure: Failure, tries: HandlerTries): Decision {
    const { handler, error, topic } = failure;
    const kind = classify(error);
    if (kind === 'claimedElsewhere')
      return { next: 'waitForClaim', delayMs: jitteredDelayAfter(CLAIM_WAIT, ++tries.faults) };
    if (kind === 'serviceFault') {
      return { next: 'waitForService', delayMs: this.serviceDelay(++tries.faults) };
    }
    tries.faults = 0;
    tries.failures++;
    const verdict = kind === 'unrecoverable' ? 'fail' : this.verdict(failure);
    if (verdict === 'halt') return { next: 'recover', action: 'halt' };
    const { settings } = this.options;
    const { laterRetries } = failure;
    const retry = retryOf(settings, topic, handler);
    const attempts = laterRetries ? 1 : retry.attempts;
    if (verdict === 'retry' && tries.failures < attempts)
      return { next: 'retry', delayMs: delayAfter(retry, tries.failures) };
    if (verdict === 'retry' && laterRetries !== undefined) {
      const delayMs = laterDelays(settings, topic, handler)[laterRetries];
      if (delayMs !== undefined) return { next: 'later', delayMs };
    }
    return { next: 'recover', action: handler.onFailure ?? this.actionFor(topic) };
  }

  /** What happens to a record of the topic (without prefix) that no handler can be asked about. */
  actionFor(topic: string): FailureAction {
    const { topics, onFailure } = this.options.settings;
    return topicOptions(topics, topic).onFailure ?? onFailure;
  }

  /** Delay in ms after the given number of service faults in a row. */
  serviceDelay(faults: number): number {
    return jitteredDelayAfter(this.options.serviceFault, faults);
  }

  private verdict(failure: Failure): 'retry' | 'fail' | 'halt' {
    const { settings, logger } = this.options;
    const { handler, error, attempt, topic, received } = failure;
    const place = failurePlace(failure);
    const context: FailureContext = {
      bus: settings.bus,
      group: handler.group,
      topic,
      type: received.type,
      handler: handler.name,
      attempt,
      metadata: received.metadata,
    };
    for (const [owner, asked] of [
      [`handler ${handler.name}`, handler.classify],
      [`topic ${outsideText(topic)}`, topicOptions(settings.topics, topic).classify],
      [`bus ${settings.bus}`, settings.classify],
    ] as const) {
      if (!asked) continue;
      try {
        const verdict = asked(error, context);
        if (VERDICTS.includes(verdict)) return verdict!;
        if (verdict !== undefined) {
          ignoreRejection(verdict);
          logger.error(
            `The classify of ${owner} returned something other than 'retry', 'fail', 'halt' or undefined for a failure of handler ${handler.name}, ${place}. ${AS_UNDEFINED}`,
            fieldsOf(failure),
          );
        }
      } catch (thrown) {
        logger.error(
          `The classify of ${owner} threw for a failure of handler ${handler.name}, ${place}. ${AS_UNDEFINED}. It threw: ${thrownText(thrown)}`,
          fieldsOf(failure),
        );
      }
    }
    return 'retry';
  }
}

/** Between looks at whether an event is still being handled elsewhere. */
const CLAIM_WAIT: Backoff = { delayMs: 250, factor: 2, maxDelayMs: 2_000 };

/** What happens where a classify function gives no verdict. */
const AS_UNDEFINED =
  'This counts as undefined: the next classify (handler, then topic, then bus) decides. If there is none, the options retry and onFailure decide';

const VERDICTS: readonly unknown[] = ['retry', 'fail', 'halt'];

function failurePlace({ topic, received: { type, metadata } }: Failure): string {
  return `topic=${outsideText(topic)}, event_type=${outsideText(type)}, message_id=${outsideText(metadata.id)}`;
}

function fieldsOf({ about, handler, error, attempt }: Failure): LogFields {
  return { ...about?.fields, handler: handler.name, attempt, code: codeOf(error) };
}

export interface FailedRecord {
  readonly delivery: Delivery;
  readonly group: string;
  readonly received: ReceivedEvent | undefined;
  readonly error: unknown;
  readonly attempts: number;
}

/**
 * One log line for a record that ended in failure: its place, type and id and what was thrown. The
 * library adds nothing of the event's data to it, except `body=<hex>` when asked to. Only stacks and
 * the errors of several handlers take further lines, which are indented.
 */
export function failureLine(what: string, failed: FailedRecord, withBody: boolean): string {
  const { delivery, group, received, error, attempts } = failed;
  const { topic, partition, offset } = delivery.position;
  const known = error instanceof EventBusError ? error : undefined;
  const facts = [
    `topic=${outsideText(topic)}`,
    `partition=${outsideText(partition)}`,
    `offset=${outsideText(offset)}`,
    `group=${outsideText(group)}`,
    `event_type=${outsideText(received?.type ?? known?.eventType ?? 'unknown')}`,
    `message_id=${outsideText(received?.metadata.id ?? known?.eventId ?? 'unknown')}`,
    `attempts=${attempts}`,
  ];
  const body = received?.body ?? delivery.record.value;
  if (withBody) facts.push(`body=${body ? Buffer.from(body).toString('hex') : 'none'}`);
  return `${what}: ${facts.join(', ')}: ${describe(error)}`;
}

/** What becomes of a record that no dead letter keeps, or of lost records. `rejected`: why the broker did not take its letter. */
export function givenUpText(isLost: boolean, rejected: Error | undefined): string {
  if (rejected)
    return `The broker rejected the dead letter as too large (${messageOf(rejected)}), so with deadLetter.onRefused: 'log' the record is acknowledged and will not be redelivered`;
  return isLost
    ? 'They are acknowledged and will not be redelivered'
    : 'The record is acknowledged and will not be redelivered';
}

/** The error with its stack, and that of each handler's own error; our own errors need no stack. */
function describe(error: unknown): string {
  if (error instanceof UnusableRecordError || error instanceof UnsupportedSchemaError) {
    const { name, message, cause } = error;
    const ours = cause === undefined || cause instanceof EventBusError;
    return `${name}: ${message}${ours ? '' : `\n  ${thrownText(cause)}`}`;
  }
  if (!(error instanceof HandlersFailedError)) return thrownText(error);
  const causes = error.failures.map((f) => `\n  ${f.handler}: ${thrownText(f.error)}`);
  return `${error.name}: ${error.message}${causes.join('')}`;
}
