import { outsideText } from '../../errors/outside-text.js';
import type { Style } from './style.js';

const BARE = /^[\p{L}\p{N}_@+:./-][\p{L}\p{N}_@+:./ -]*$/u;
const LOOKS_LIKE_ANOTHER = /^(?:true|false|null|-?[\d.]+(?:e[+-]?\d+)?)$|^ | $/i;
const LONGEST = 500;
const DEEPEST = 20;

/** JSON data on one line, as people read it: names without quotes, texts with quotes only where they need them. */
export function readableData(value: unknown, style: Style, depth = 0): string {
  if (typeof value === 'string') return readableText(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (depth === DEEPEST) return '…';
  const inner = (one: unknown): string => readableData(one, style, depth + 1);
  if (Array.isArray(value)) return `[${value.map(inner).join(', ')}]`;
  const tag = taggedValue(value);
  if (tag !== undefined) return tag;
  const members = Object.entries(value).map(
    ([name, one]) => `${style.dim(`${outsideText(name)}:`)} ${inner(one)}`,
  );
  return `{${members.join(', ')}}`;
}

function readableText(text: string): string {
  const isBare = BARE.test(text) && !LOOKS_LIKE_ANOTHER.test(text) && !text.includes(': ');
  return outsideText(isBare ? text : JSON.stringify(text), LONGEST);
}

/** `{"$long": "…"}` and its kin. */
function taggedValue(value: object): string | undefined {
  const [[name, text] = [], ...others] = Object.entries(value) as [string, unknown][];
  const isTag = others.length === 0 && (name === '$long' || name === '$float' || name === '$bytes');
  if (!isTag || typeof text !== 'string') return undefined;
  return outsideText(name === '$bytes' ? `0x${text}` : text, LONGEST);
}

/** `2026-05-01T08:00:00.123456+00:00` as `2026-05-01 08:00:00`. */
export function readableTime(time: string): string {
  return outsideText(time.replace('T', ' ').replace(/(\.\d+)?(\+00:00|Z)$/, ''), 32);
}

/** Aligns the columns of rows; the last one is left as it is. `width` tells how wide a cell is seen. */
export function aligned(rows: readonly (readonly string[])[], gap = '  '): string[] {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, seenWidth(cell))));
  return rows.map((row) =>
    row
      .map((cell, i) => (i === row.length - 1 ? cell : padded(cell, widths[i]!)))
      .join(gap)
      .trimEnd(),
  );
}

function padded(cell: string, width: number): string {
  return cell + ' '.repeat(Math.max(0, width - seenWidth(cell)));
}

// eslint-disable-next-line no-control-regex -- the escape sequences of colours are what is looked for
const COLOURS = /\x1b\[\d+m/g;

function seenWidth(cell: string): number {
  return cell.replace(COLOURS, '').length;
}
