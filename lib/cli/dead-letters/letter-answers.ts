import { toTagged } from '../../codec/tagged-json.js';
import type { DiscardedLetter } from '../../consuming/dead-letters/bus-dead-letters.js';
import type { AnsweredLetter } from '../../consuming/redrive-requests/redrive-client.js';
import type {
  ClosedDeadLetter,
  DeadLetter,
  RedrivenLetter,
} from '../../consuming/dead-letters/dead-letters.js';
import { outsideText } from '../../errors/outside-text.js';
import type { RecordPosition } from '../../transport/transport.interface.js';
import { errorAnswer } from '../error-answer.js';
import type { Answer } from '../output/answers.js';
import { aligned, readableData, readableTime } from '../output/readable.js';
import type { Style } from '../output/style.js';
import { metadataAnswer } from '../record-printer.js';

type PositionText = (position: RecordPosition) => string;

/** The data of a letter's event, or why there is none. */
export type LetterData =
  | { readonly data: unknown }
  | {
      readonly error: unknown;
      /** The value of the record. */
      readonly value: Uint8Array | null;
    };

/** Every event of Open edX begins with it. */
const PLATFORM = /^org\.openedx\./;
const LONGEST_MESSAGE = 1_100;

/** One row for people, and one more with the data. */
export function listAnswer(letter: DeadLetter, textOf: PositionText, data?: LetterData): Answer {
  const { id, topic, type, code, message, handlers, redrives, position } = letter;
  const ids = handlers.map((handler) => handler.id);
  return {
    json: {
      ...headJson(letter),
      code,
      message,
      handlers: ids,
      redrives,
      time: isoText(letter.lastTime),
      position: textOf(position),
      ...(data && dataJson(data)),
    },
    text: (style) => {
      const row = [
        style.dim(timeText(letter.lastTime)),
        outsideText(topic),
        typeText(type, style),
        style.bold(outsideText(code)),
        outsideText(ids.join(', ') || 'no handler'),
        redrives === 1 ? '1 redrive' : `${redrives} redrives`,
        style.dim(outsideText(id)),
      ].join('  ');
      return data ? `${row}\n    ${dataText(data, style)}` : row;
    },
  };
}

/** Everything that a letter says. */
export function letterAnswer(letter: DeadLetter, textOf: PositionText, data?: LetterData): Answer {
  const { id, topic, group, type, metadata, code, message, handlers, redrives, position } = letter;
  const { original, deliveryCount, firstTime, lastTime, originalTime } = letter;
  const place = (at: RecordPosition) => ({ topic: at.topic, position: textOf(at) });
  const json = {
    id,
    topic,
    group,
    ...(type !== undefined && { event_type: type }),
    code,
    message,
    handlers,
    redrives,
    ...(deliveryCount !== undefined && { delivery_count: deliveryCount }),
    first_time: isoText(firstTime),
    last_time: isoText(lastTime),
    ...(originalTime && { original_time: isoText(originalTime) }),
    ...(original && { original: place(original) }),
    letter: place(position),
    ...(metadata && { metadata: metadataAnswer(metadata) }),
    ...(data && dataJson(data)),
  };
  return {
    json,
    text: (style) => {
      const at = (found: RecordPosition | undefined): string =>
        found ? `topic ${outsideText(found.topic)}, position ${textOf(found)}` : 'unknown';
      const rows = [
        ['code', style.bold(outsideText(code))],
        ['message', outsideText(message, LONGEST_MESSAGE)],
        ...handlers.map((one) => [
          'handler',
          `${outsideText(one.id)}  ${outsideText(`${one.error}: ${one.message}`, LONGEST_MESSAGE)}`,
        ]),
        ['event type', style.cyan(type === undefined ? 'unknown' : outsideText(type))],
        ['event id', metadata ? outsideText(metadata.id) : 'unknown'],
        ...(metadata
          ? [
              ['event time', readableTime(metadata.time)],
              ['source', outsideText(`${metadata.source} on ${metadata.sourcehost}`)],
            ]
          : []),
        ['group', outsideText(group)],
        ['record', at(original) + (originalTime ? `, stored ${timeText(originalTime)}` : '')],
        ['letter', at(position)],
        ...(deliveryCount === undefined ? [] : [['attempts', String(deliveryCount)]]),
        ['first failed', timeText(firstTime)],
        ['redrives', String(redrives)],
        ...(redrives > 0 ? [['last failed', timeText(lastTime)]] : []),
        ...(data ? [['data', dataText(data, style)]] : []),
      ];
      return [
        `${style.yellow('dead letter')}  ${outsideText(id)}`,
        ...aligned(rows).map((row) => `  ${row}`),
      ].join('\n');
    },
  };
}

const COLOUR_OF: Readonly<
  Record<(RedrivenLetter | DiscardedLetter)['result'], 'green' | 'red' | 'yellow'>
> = {
  handled: 'green',
  skipped: 'green',
  sent: 'green',
  discarded: 'green',
  failedAgain: 'red',
  kept: 'yellow',
  reserved: 'yellow',
  selected: 'yellow',
};

const WORD_OF: Readonly<Partial<Record<RedrivenLetter['result'], string>>> = {
  skipped: 'handled before',
  failedAgain: 'failed again',
  kept: 'kept open',
  reserved: 'reserved by another process',
};

/** What became of a letter, as far as it is said. */
export interface LetterOutcome {
  readonly letter: AnsweredLetter['letter'];
  readonly result: (RedrivenLetter | DiscardedLetter)['result'];
  readonly error?: Error;
}

/** What became of a letter. */
export function outcomeAnswer(
  { letter, result, error }: LetterOutcome,
  textOf: PositionText,
): Answer {
  const { id, topic, type, position } = letter;
  const said = error && errorAnswer(error).error;
  const why = said && { code: said['code'], message: said['message'] };
  return {
    json: {
      ...headJson(letter),
      position: textOf(position),
      result,
      ...(why && { error: why }),
    },
    text: (style) =>
      [
        style[COLOUR_OF[result]](WORD_OF[result as RedrivenLetter['result']] ?? result),
        outsideText(topic),
        typeText(type, style),
        style.dim(outsideText(id)),
        ...(why
          ? [
              `${style.bold(outsideText(String(why.code)))}: ${outsideText(String(why.message), LONGEST_MESSAGE)}`,
            ]
          : []),
      ].join('  '),
  };
}

/** How many letters ended how. */
export function sumAnswer(
  action: 'redrive' | 'discard',
  counts: Readonly<Record<string, number>>,
  dryRun: boolean,
): Answer {
  return {
    json: dryRun ? { [action]: counts, dry_run: true } : { [action]: counts },
    text: (style) => {
      const told = Object.entries(counts).filter(([, count]) => count > 0);
      const words = told.map(
        ([result, count]) => `${count} ${WORD_OF[result as RedrivenLetter['result']] ?? result}`,
      );
      const head = dryRun ? style.yellow('dry run') : style.bold(action);
      return `${head}  ${words.join(', ') || 'no letters'}${dryRun ? '; nothing was changed' : ''}`;
    },
  };
}

/** A letter that was closed. */
export function closedAnswer(closed: ClosedDeadLetter, textOf: PositionText): Answer {
  const { id, position, action, by, at, reason } = closed;
  return {
    json: {
      id,
      action,
      by,
      time: at.toISOString(),
      ...(reason !== undefined && { reason }),
      letter: { topic: position.topic, position: textOf(position) },
    },
    text: (style) =>
      [
        style.dim(timeText(at)),
        style.bold(action === 'failedAgain' ? 'failed again' : action),
        `by ${outsideText(by)}`,
        style.dim(outsideText(id)),
        ...(reason === undefined ? [] : [outsideText(reason, LONGEST_MESSAGE)]),
      ].join('  '),
  };
}

/** What names a letter in a row. */
function headJson({ id, topic, group, type, metadata }: AnsweredLetter['letter']) {
  return {
    id,
    topic,
    group,
    ...(type !== undefined && { event_type: type }),
    ...(metadata && { event_id: metadata.id }),
  };
}

function typeText(type: string | undefined, style: Style): string {
  return style.cyan(type === undefined ? 'no event' : outsideText(type.replace(PLATFORM, '')));
}

function dataJson(of: LetterData): Readonly<Record<string, unknown>> {
  if ('data' in of) return { data: toTagged(of.data) };
  const { code, message } = errorAnswer(of.error).error;
  return {
    data_error: { code, message },
    value: of.value && { $bytes: Buffer.from(of.value).toString('hex') },
  };
}

function dataText(of: LetterData, style: Style): string {
  if ('data' in of) return readableData(toTagged(of.data), style);
  const { code, message } = errorAnswer(of.error).error;
  const said = `${style.red(String(code))}: ${outsideText(String(message), LONGEST_MESSAGE)}`;
  const { value } = of;
  return value
    ? `${said}  ${readableData({ $bytes: Buffer.from(value).toString('hex') }, style)}`
    : said;
}

function isoText(time: Date | undefined): string | null {
  return time?.toISOString() ?? null;
}

function timeText(time: Date | undefined): string {
  return time ? readableTime(time.toISOString()) : 'unknown time';
}
