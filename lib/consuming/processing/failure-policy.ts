import {
  ServiceUnavailableError,
  EventBusError,
  HandlersFailedError,
  UnsupportedSchemaError,
  UnusableRecordError,
} from '../../errors/index.js';
import type { RetrySettings } from '../../settings/event-bus-settings.js';
import { delayAfter, jitteredDelayAfter, type Backoff } from '../../common/waiting.js';
import type { EventHandler } from '../handlers/handler-registry.js';
import { isUnrecoverable } from '../handlers/handler-result.js';
import { outsideText } from '../../errors/outside-text.js';
import { thrownText } from '../../errors/thrown-values.js';
import type { Delivery } from '../../transport/transport.interface.js';
import type { ReceivedEvent } from '../../transport/wire-format.interface.js';

/**
 * `unrecoverable`: no retry can cure it. `serviceFault`: somebody else's outage, retried until it recovers.
 * `handler`: everything else, retried as often as the settings say.
 */
export type FailureClass = 'unrecoverable' | 'serviceFault' | 'handler';

/** Never throws, whatever was thrown. */
export function classify(error: unknown): FailureClass {
  try {
    if (isUnrecoverable(error)) return 'unrecoverable';
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
  /** Service faults in a row. */
  faults: number;
}

export type Decision =
  | { readonly next: 'retry' | 'waitForService'; readonly delayMs: number }
  | { readonly next: 'recover' };

export interface FailurePolicyOptions {
  readonly retry: RetrySettings;
  readonly serviceFault: Backoff;
}

/** Decides what follows a failure: another attempt, waiting for a service, or recovery. */
export class FailurePolicy {
  constructor(private readonly options: FailurePolicyOptions) {}

  /** Updates `tries`. The handler's own `retry` goes before the bus's. */
  decide(handler: EventHandler, error: unknown, tries: HandlerTries): Decision {
    const kind = classify(error);
    if (kind === 'serviceFault') {
      return { next: 'waitForService', delayMs: this.serviceDelay(++tries.faults) };
    }
    tries.faults = 0;
    tries.failures++;
    const retry = { ...this.options.retry, ...handler.retry };
    if (kind === 'unrecoverable' || tries.failures >= retry.attempts) return { next: 'recover' };
    return { next: 'retry', delayMs: delayAfter(retry, tries.failures) };
  }

  /** Delay in ms after the given number of service faults in a row. */
  serviceDelay(faults: number): number {
    return jitteredDelayAfter(this.options.serviceFault, faults);
  }
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
