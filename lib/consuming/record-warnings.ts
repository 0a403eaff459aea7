import type { Delivery } from '../transport/transport.interface.js';
import type { ConsumingParts } from './consuming-parts.js';
import { typeText } from './failure-log.js';

type WarningParts = Pick<ConsumingParts, 'status' | 'warned' | 'logger'>;

/** Counts a record of a type that no definition is known for; warns once per type. */
export function warnOfUnknownType(parts: WarningParts, type: string, topic: string): void {
  parts.status.count('unknownType');
  if (!parts.warned.first(`type ${type}`)) return;
  parts.logger.warn(
    `Events of type ${typeText(type)} on topic ${topic} are skipped: no definition is known (warned once per type)`,
  );
}

/** Counts what the wire format had to put right in a record; warns once per topic. */
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
