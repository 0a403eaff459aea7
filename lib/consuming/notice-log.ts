import type { StatusBoard } from '../observability/status-board.js';
import type { SourceNotice } from '../transport/transport.interface.js';
import type { TransportLogger } from '../transport/wire-format.interface.js';

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
  evictionPossible: 'may lose, because the broker may drop it to make room,',
  foreignMember: 'has a member that is not of this package, and may have its position moved, in',
  outOfOrder: 'was given records out of order in',
  trimSoon: 'is so far behind that the broker will soon drop unread records of',
};

/** Logs and counts what the transport has to say about a source. */
export function reportNotice(
  to: { readonly status: StatusBoard; readonly logger: TransportLogger },
  group: string,
  { kind, source, count, detail }: SourceNotice,
): void {
  const level = levels[kind];
  if (kind === 'gap') to.status.count('lost', count ?? 1);
  if (kind === 'outOfOrder') to.status.count('outOfOrder', count ?? 1);
  if (level !== 'log') to.status.count('warnings');
  const more = [count === undefined ? '' : ` (${count})`, detail ? `: ${detail}` : ''].join('');
  to.logger[level](`Group ${group} ${words[kind]} ${source}${more}`);
}
