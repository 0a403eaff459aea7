import { LayoutTooNewError } from '../errors/index.js';
import type { Delivery } from '../transport/transport.interface.js';
import type { ConsumingParts } from './consuming-parts.js';
import { typeText } from './failure-log.js';
import type { ReadEvent } from './record-reader.js';

type WarningParts = Pick<ConsumingParts, 'status' | 'warned' | 'logger'>;

/** Counts a record of a type that no definition is known for; warns once per type. */
export function warnOfUnknownType(parts: WarningParts, type: string, topic: string): void {
  parts.status.count('unknownType');
  if (!parts.warned.first(`type ${type}`)) return;
  parts.logger.warn(
    `Events of type ${typeText(type)} on topic ${topic} are skipped: no definition is known (warned once per type)`,
  );
}

/** Counts what is odd about a record that can be used; warns once per topic. */
export function warnOfDefaults(
  parts: WarningParts,
  delivery: Delivery,
  warnings: readonly string[],
): void {
  const { topic, partition, offset } = delivery.position;
  for (const warning of warnings) {
    parts.status.count('warnings');
    if (!parts.warned.first(`${topic} ${warning}`)) continue;
    parts.logger.warn(
      `Record topic=${topic}, partition=${partition}, offset=${offset}: ${warning} (warned once per topic)`,
    );
  }
}

/**
 * The status is degraded from an event whose layout was guessed and left bytes over until the next
 * one of its type that is read to the end.
 */
export function showUnreadBytes(
  { status, partlyRead }: Pick<ConsumingParts, 'status' | 'partlyRead'>,
  { received: { type, metadata }, bytesLeft }: ReadEvent,
  topic: string,
): void {
  const key = `layout ${type}`;
  if (bytesLeft > 0) {
    const reason = `${bytesLeft} bytes behind the data were not read; the event was handled`;
    const place = { topic, eventType: type, eventId: metadata.id };
    status.fault(key, new LayoutTooNewError(reason, place));
    partlyRead.add(type);
  } else if (partlyRead.delete(type)) {
    status.heal(key);
  }
}
