import {
  EventBusError,
  HandlersFailedError,
  LayoutTooNewError,
  UnusableRecordError,
} from '../../errors/index.js';
import { outsideText } from '../../errors/outside-text.js';
import { thrownText } from '../../errors/thrown-text.js';
import type { Delivery } from '../../transport/transport.interface.js';
import type { ReceivedEvent } from '../../transport/wire-format.interface.js';

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
  const body = received?.body ?? delivery.record.body;
  if (withBody) facts.push(`body=${body ? Buffer.from(body).toString('hex') : 'none'}`);
  return `${what}: ${facts.join(', ')}: ${describe(error)}`;
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
