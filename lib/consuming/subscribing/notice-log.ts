import { outsideText } from '../../errors/outside-text.js';
import type { SourceNotice } from '../../transport/transport.interface.js';
import type { TransportLogger } from '../../transport/wire-format.interface.js';
import type { ConsumingParts } from '../processing/processing-context.js';

type Level = 'log' | 'warn' | 'error';

const levels: Readonly<Record<SourceNotice['kind'], Level>> = {
  start: 'log',
  sourceAdded: 'log',
  sourceRemade: 'warn',
  cursorMoved: 'warn',
  groupRemade: 'warn',
  gap: 'error',
  nameTaken: 'error',
  nameUnguarded: 'warn',
  evictionPossible: 'warn',
  evictionTolerated: 'log',
  foreignMember: 'warn',
  outOfOrder: 'warn',
  trimSoon: 'warn',
};

const words: Readonly<Record<SourceNotice['kind'], string>> = {
  start: 'reads',
  sourceAdded: 'now also reads',
  sourceRemade: 'reads anew, because it was made again or cut short at the broker,',
  cursorMoved: 'had its position moved by somebody else in',
  groupRemade: 'was gone and was made again in',
  gap: 'lost records that the broker no longer keeps in',
  nameTaken: 'has another live member of our name in',
  nameUnguarded: 'would not notice another live member of our name, for lack of a right, in',
  evictionPossible: 'may be harmed when the broker drops keys to make room, in',
  evictionTolerated: 'bears that the broker drops keys to make room, in',
  foreignMember: 'has a member that is not of this package, and may have its position moved, in',
  outOfOrder: 'was given records out of order in',
  trimSoon: 'is so far behind that the broker will soon drop unread records of',
};

type To = Pick<ConsumingParts, 'status' | 'warnings'> & { readonly logger: TransportLogger };

/**
 * Logs and counts what the transport has to say about a source. Others choose the names of foreign members:
 * of those at most ten a minute are named.
 */
export function reportNotice(
  { status, logger, warnings }: To,
  group: string,
  { kind, source, count, detail }: SourceNotice,
): void {
  const level = levels[kind];
  if (kind === 'gap') status.count('lost', count ?? 1);
  if (kind === 'outOfOrder') status.count('outOfOrder', count ?? 1);
  if (level !== 'log') status.count('warnings');
  const place = `Group ${outsideText(group)} ${words[kind]} ${outsideText(source)}`;
  const text = (): string =>
    `${place}${count === undefined ? '' : ` (${count})`}${detail ? `: ${outsideText(detail)}` : ''}`;
  if (kind !== 'foreignMember') return logger[level](text());
  warnings.offer({
    kind,
    name: `${group} ${source} ${detail}`,
    text,
    rest: (others) => `… and ${others} more such members in the last minute, such as: ${text()}`,
  });
}
