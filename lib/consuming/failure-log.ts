import { types } from 'node:util';
import {
  EventBusError,
  HandlersFailedError,
  LayoutTooNewError,
  UnusableRecordError,
} from '../errors/index.js';
import type { Delivery } from '../transport/transport.interface.js';
import type { ReceivedEvent } from '../transport/wire-format.interface.js';

export interface FailedRecord {
  readonly delivery: Delivery;
  readonly group: string;
  readonly received: ReceivedEvent | undefined;
  readonly error: unknown;
  readonly attempts: number;
}

/**
 * One log line for a record that ended in failure: its place, type and id and what was thrown. The
 * library adds nothing of the event's data to it, except `body=<hex>` when asked to.
 */
export function failureLine(what: string, failed: FailedRecord, withBody: boolean): string {
  const { delivery, group, received, error, attempts } = failed;
  const { topic, partition, offset } = delivery.position;
  const known = error instanceof EventBusError ? error : undefined;
  const facts = [
    `topic=${topic}`,
    `partition=${partition}`,
    `offset=${offset}`,
    `group=${group}`,
    `event_type=${typeText(received?.type ?? known?.eventType ?? 'unknown')}`,
    `message_id=${received?.metadata.id ?? known?.eventId ?? 'unknown'}`,
    `attempts=${attempts}`,
  ];
  const body = received?.body ?? delivery.record.body;
  if (withBody) facts.push(`body=${body ? Buffer.from(body).toString('hex') : 'none'}`);
  return `${what}: ${facts.join(', ')}: ${describe(error)}`;
}

/** An event type from the wire, made safe for a log line: it may be any text. */
export function typeText(type: string): string {
  return /^[\w.-]{1,200}$/.test(type) ? type : JSON.stringify(type.slice(0, 200));
}

/** The error with its stack, and that of each handler's own error; our own errors need no stack. */
function describe(error: unknown): string {
  if (error instanceof UnusableRecordError || error instanceof LayoutTooNewError) {
    const { name, message, cause } = error;
    const ours = cause === undefined || cause instanceof EventBusError;
    return `${name}: ${message}${ours ? '' : `\n  ${thrownText(cause)}`}`;
  }
  if (!(error instanceof HandlersFailedError)) return thrownText(error);
  const causes = error.failures.map((f) => `\n  ${f.handler}: ${thrownText(f.error)}`);
  return `${error.name}: ${error.message}${causes.join('')}`;
}

/** What was thrown, in words; of a value that is no error only its kind. */
export function thrownText(thrown: unknown): string {
  if (types.isNativeError(thrown)) {
    // Most error classes set no name, and the head of a stack does not know one that was set later.
    const name = thrown.name === 'Error' ? thrown.constructor.name : thrown.name;
    const frames = /(?:\n\s+at .*)+$/.exec(thrown.stack ?? '')?.[0] ?? '';
    return `${name}: ${thrown.message}${frames}`;
  }
  if (thrown === null) return 'null was thrown';
  if (typeof thrown !== 'object') return `a value of type ${typeof thrown} was thrown`;
  const name = (thrown.constructor as { name?: string } | undefined)?.name;
  return `an object of class ${name ?? 'unknown'} was thrown`;
}

/** Anything thrown as an Error: itself where it is one. */
export function asError(thrown: unknown): Error {
  return types.isNativeError(thrown) ? thrown : new Error(thrownText(thrown), { cause: thrown });
}
