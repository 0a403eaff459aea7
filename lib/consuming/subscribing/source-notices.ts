import type { LogFields } from '../../common/log-fields.js';
import { outsideText } from '../../errors/outside-text.js';
import type { SourceNotice } from '../../transport/transport.interface.js';
import type { EventBusLogger } from '../../transport/wire-format.interface.js';
import type { ProcessingContext } from '../processing/processing-context.js';

/** The log line about a notice: what happened, details of the transport, then what happens next or what to do. */
interface NoticeLine {
  readonly level: 'log' | 'warn' | 'error';
  readonly says: (group: string, source: string) => string;
  readonly advice?: string;
}

const lines: Readonly<Record<SourceNotice['kind'], NoticeLine>> = {
  start: {
    level: 'log',
    says: (group, source) => `Group ${group} starts reading ${source}`,
  },
  sourceAdded: {
    level: 'log',
    says: (group, source) => `Group ${group} also reads ${source}, which was added`,
  },
  sourceRemade: {
    level: 'warn',
    says: (group, source) =>
      `${source}, which group ${group} reads, was deleted and recreated, or truncated because a broker lost its last records`,
    advice:
      'Records that were removed before they were handled are lost; after a truncation, records that were handled before may be redelivered',
  },
  cursorMoved: {
    level: 'warn',
    says: (group, source) =>
      `The position of group ${group} in ${source} was changed by another program`,
  },
  groupRemade: {
    level: 'warn',
    says: (group, source) => `Group ${group} was deleted in ${source} and has been recreated`,
    advice:
      'No record that the stream still contains is skipped; records that were handled before may be redelivered',
  },
  gap: {
    level: 'error',
    says: (group, source) =>
      `Group ${group} lost records of ${source} that were removed before it handled them`,
    advice:
      'Reading continues with the next record that still exists. To prevent this, make the consumers faster, or keep records for longer (Redis: streamMaxLen in the services that send the events; Kafka: retention of the topic)',
  },
  nameTaken: {
    level: 'error',
    says: (group, source) =>
      `Another running process uses the same consumerName as this one in group ${group} on ${source}`,
    advice:
      'Both may handle the same records. Give each process a consumerName of its own, and restart one of them',
  },
  nameUnguarded: {
    level: 'warn',
    says: (group, source) =>
      `This process is not authorized to use the keys by which consumers see each other (leases), so it cannot detect another process with the same consumerName (group ${group} on ${source})`,
    advice:
      'Authorize the user of this process for EVAL, GET, SET, DEL and PTTL on keys that begin with the topic',
  },
  evictionPossible: {
    level: 'warn',
    says: (group, source) =>
      `When the memory of the broker is full, it may evict data that group ${group} needs on ${source}`,
    advice: 'Set maxmemory-policy to noeviction',
  },
  evictionTolerated: {
    level: 'log',
    says: (group, source) =>
      `When the memory of the broker is full, it evicts keys, but hardly ever one that group ${group} on ${source} needs; nothing has to be done`,
  },
  foreignMember: {
    level: 'warn',
    says: (group, source) =>
      `Group ${group} on ${source} has a consumer that is not from this package and may change the position of the group`,
    advice: 'Give that consumer a group of its own',
  },
  outOfOrder: {
    level: 'warn',
    says: (group, source) => `Group ${group} received records of ${source} out of order`,
    advice:
      'If the order of events with the same key matters, set singleActive on all consumers of the group',
  },
  trimSoon: {
    level: 'warn',
    says: (group, source) =>
      `Group ${group} lags so far behind on ${source} that entries will soon be deleted before it reads them`,
    advice: 'Make the consumers faster, or raise streamMaxLen in the services that send the events',
  },
};

type To = Pick<ProcessingContext, 'status' | 'warnings'> & { readonly logger: EventBusLogger };

/**
 * Logs and counts what the transport has to say about a source. Others choose the names of foreign members:
 * of those at most ten a minute are named.
 */
export function reportNotice(
  { status, logger, warnings }: To,
  group: string,
  { kind, source, count, detail }: SourceNotice,
  place: LogFields = {},
): void {
  const { level, says, advice } = lines[kind];
  if (kind === 'gap') status.count('lost', count ?? 1);
  if (kind === 'outOfOrder') status.count('outOfOrder', count ?? 1);
  if (level !== 'log') status.count('warnings');
  const words = says(outsideText(group), outsideText(source));
  const text = (): string =>
    `${words}${count === undefined ? '' : ` (${count} ${count === 1 ? 'record' : 'records'})`}${detail ? `: ${outsideText(detail)}` : ''}${advice ? `. ${advice}` : ''}`;
  const fields = { group, ...place };
  if (kind !== 'foreignMember') {
    const line = text();
    return logger[level](line, fields);
  }
  warnings.offer({
    kind,
    name: `${group} ${source} ${detail}`,
    text,
    rest: (others) => `… and ${others} more such consumers in the last minute, such as: ${text()}`,
    fields: () => fields,
  });
}
