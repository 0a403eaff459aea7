import type { Readable, Writable } from 'node:stream';
import { styleText } from 'node:util';

/** Marks parts of a text for people; without colours each gives the text as it is. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
}

type Format = Parameters<typeof styleText>[0];

const as = (format: Format) => (text: string) => styleText(format, text, { validateStream: false });
const COLOURED: Style = {
  bold: as('bold'),
  dim: as('dim'),
  red: as('red'),
  green: as('green'),
  yellow: as('yellow'),
  cyan: as('cyan'),
};

const plain = (text: string): string => text;
export const PLAIN: Style = {
  bold: plain,
  dim: plain,
  red: plain,
  green: plain,
  yellow: plain,
  cyan: plain,
};

export function isTerminal(stream: Readable | Writable): boolean {
  return (stream as { isTTY?: boolean }).isTTY === true;
}

/** How wide the lines of a terminal are. */
export function columnsOf(stream: Writable): number {
  const { columns } = stream as { columns?: number };
  return columns !== undefined && columns > 0 ? columns : 80;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Colours are for terminals that show them, and not where NO_COLOR (https://no-color.org) is set. */
export function styleFor(stream: Writable, env: Environment, colours = true): Style {
  const wanted = colours && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  return wanted && isTerminal(stream) ? COLOURED : PLAIN;
}
