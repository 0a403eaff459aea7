import { outsideText } from '../../errors/outside-text.js';
import { readableData, readableTime } from './readable.js';
import { PLAIN, type Style } from './style.js';

/** What a line tells of an event. Data as JSON, with tags. */
export interface ShownEvent {
  readonly type: string;
  readonly position: string;
  /** ISO 8601, in UTC. */
  readonly time: string;
  readonly id: string;
  readonly data: unknown;
}

/** Every event of Open edX begins with it. */
const PLATFORM = 'org.openedx.';

/** One line that fits into a terminal: what does not is cut off, and empty values are left out. */
export function eventLine(event: ShownEvent, style: Style, columns: number): string {
  const { type, position, time, data } = event;
  const shortType = outsideText(type.startsWith(PLATFORM) ? type.slice(PLATFORM.length) : type);
  const shortTime = outsideText(time.slice(5, 19).replace('T', ' '), 14);
  const head = [shortTime, position, shortType].join('  ');
  const styledHead = [style.dim(shortTime), position, style.cyan(shortType)].join('  ');
  const left = columns - 1 - head.length - 2;
  return left < LEAST_DATA ? styledHead : `${styledHead}  ${fitting(leavesOf(data), style, left)}`;
}

/** All of an event, over as many rows of a terminal as it takes. */
export function wholeEventLine(event: ShownEvent, style: Style): string {
  const { type, position, time, id, data } = event;
  return [
    style.dim(readableTime(time)),
    position,
    style.cyan(outsideText(type)),
    style.dim(`id=${outsideText(id)}`),
    readableData(data, style),
  ].join('  ');
}

const LEAST_DATA = 10;

interface Leaf {
  readonly name: string;
  readonly value: string;
}

/** The values of the data that are not empty, each by its own name, or by its path where two have the same name. */
function leavesOf(data: unknown): readonly Leaf[] {
  const found: { readonly path: readonly string[]; readonly value: unknown }[] = [];
  const walk = (value: unknown, path: readonly string[]): void => {
    if (value === null || value === '' || value === undefined) return;
    const isTag =
      typeof value === 'object' && Object.keys(value).some((key) => key.startsWith('$'));
    if (typeof value !== 'object' || Array.isArray(value) || isTag) found.push({ path, value });
    else for (const [name, one] of Object.entries(value)) walk(one, [...path, name]);
  };
  walk(data, []);
  const times = new Map<string, number>();
  for (const { path } of found) times.set(path.at(-1)!, (times.get(path.at(-1)!) ?? 0) + 1);
  return found.map(({ path, value }) => ({
    name: outsideText(times.get(path.at(-1)!) === 1 ? path.at(-1)! : path.slice(-2).join('.')),
    value: wordOf(value),
  }));
}

/** Texts with spaces are quoted, so that it is seen where each ends. */
function wordOf(value: unknown): string {
  return typeof value === 'string' && value.includes(' ')
    ? outsideText(JSON.stringify(value))
    : readableData(value, PLAIN);
}

function fitting(leaves: readonly Leaf[], style: Style, columns: number): string {
  const shown: string[] = [];
  let left = columns;
  for (const { name, value } of leaves) {
    const gap = shown.length === 0 ? 0 : 1;
    const length = gap + name.length + 1 + value.length;
    if (length > left) {
      const cut = `${name}=${value}`.slice(0, Math.max(0, left - gap - 1));
      return [...shown, style.dim(`${cut}…`)].join(' ');
    }
    shown.push(`${style.dim(`${name}=`)}${value}`);
    left -= length;
  }
  return shown.join(' ');
}
