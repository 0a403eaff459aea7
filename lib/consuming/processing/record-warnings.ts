import { LayoutTooNewError } from '../../errors/index.js';
import { outsideText } from '../../errors/outside-text.js';
import type { Delivery } from '../../transport/transport.interface.js';
import type { ProcessingContext } from './processing-context.js';
import type { ReadEvent } from './event-decoder.js';

type WarningParts = Pick<ProcessingContext, 'status' | 'warnings'>;

/** Counts a record of a type that no definition is known for; names each type once, ten a minute. */
export function warnOfUnknownType(
  { status, warnings }: WarningParts,
  type: string,
  topic: string,
): void {
  status.count('unknownType');
  warnings.offer({
    kind: 'unknown type',
    name: type,
    text: () =>
      `Events of type ${outsideText(type)} on topic ${outsideText(topic)} are skipped: no definition is known (warned once per type)`,
    rest: (count) =>
      `… and ${count} more events of types that are not known were skipped in the last minute`,
  });
}

/** Counts what is odd about a record that can be used; warns once per topic, ten times a minute. */
export function warnOfDefaults(
  { status, warnings }: WarningParts,
  { position: { topic, partition, offset } }: Delivery,
  texts: readonly string[],
): void {
  for (const text of texts) {
    status.count('warnings');
    warnings.offer({
      kind: endOf(text),
      name: `${topic} ${text}`,
      text: () =>
        `Record ${outsideText(`topic=${topic}, partition=${partition}, offset=${offset}`)}: ${outsideText(text, LONGEST)} (warned once per topic)`,
      rest: (count) =>
        `… and ${count} more warnings of records in the last minute, such as topic=${outsideText(topic)}: ${outsideText(text, LONGEST)}`,
    });
  }
}

const LONGEST = 512;
const END = 32;

/** A warning's kind: texts from outside stand inside of it, its end is ours. */
const endOf = (warning: string): string => warning.slice(-END);

/**
 * The status is degraded from an event whose layout was guessed and left bytes over until the next
 * one of its type that is read to the end.
 */
export function showUnreadBytes(
  { status, partlyRead }: Pick<ProcessingContext, 'status' | 'partlyRead'>,
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
