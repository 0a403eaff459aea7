import { letterClosing } from '../../common/letter-closing.js';
import type { LetterClosing } from '../../dead-letter-store.interface.js';
import type { StreamEntry } from '../client/redis-reply.js';
import { isEntryId } from '../group/stream-group.js';

/** A closing as the fields of an entry: names and values in turn. */
export function closingFields(closing: LetterClosing): string[] {
  const { position, letterId, action, by, at, reason } = closing;
  const fields = ['letter', position.offset, 'id', letterId, 'action', action, 'by', by];
  fields.push('at', String(at));
  return reason === undefined ? fields : [...fields, 'reason', reason];
}

/** Undefined for an entry that is no closing. */
export function closingOf(
  topic: string,
  fields: NonNullable<StreamEntry['fields']>,
): LetterClosing | undefined {
  const texts = new Map(fields.map(([name, value]) => [name, value.toString()]));
  const offset = texts.get('letter') ?? '';
  if (!isEntryId(offset)) return undefined;
  return letterClosing(
    { topic, partition: '0', offset },
    {
      letterId: texts.get('id'),
      action: texts.get('action'),
      by: texts.get('by'),
      at: Number(texts.get('at') || NaN),
      reason: texts.get('reason'),
    },
  );
}
