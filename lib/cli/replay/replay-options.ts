import type { CommandValues } from '../command.interface.js';
import { textOf } from '../option-values.js';
import { UsageError } from '../usage-error.js';

/** A place in a topic: a record by its id, or a moment (ms since the epoch). */
export type Place = { readonly id: string } | { readonly time: number };

export interface ReplayOptions {
  /** The first record that comes again is this one, or the first stored at or after. */
  readonly from: Place;
  /** The last record is this one, or the last stored before. */
  readonly until: Place | undefined;
}

/** Throws UsageError. */
export function replayOptionsOf(values: CommandValues): ReplayOptions {
  const id = textOf(values, 'from-id');
  const time = textOf(values, 'from-time');
  const until = textOf(values, 'until');
  if ((id === undefined) === (time === undefined))
    throw new UsageError('give one of --from-id and --from-time');
  return {
    from: id === undefined ? timeOf('--from-time', time!) : idOf('--from-id', id),
    until: until === undefined ? undefined : untilOf(until),
  };
}

const ID = /^\d{1,20}(-\d{1,20})?$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/i;

function untilOf(text: string): Place {
  return ID.test(text) ? { id: text } : timeOf('--until', text);
}

function idOf(option: string, id: string): Place {
  if (!ID.test(id))
    throw new UsageError(`${option} takes the position of an event, such as "1526919030474-55"`);
  return { id };
}

function timeOf(option: string, text: string): Place {
  const time = TIME.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(time))
    throw new UsageError(
      `${option} takes a time with its offset from UTC, such as "2026-05-01T08:00:00Z"`,
    );
  return { time };
}
