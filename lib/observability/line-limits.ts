import { BoundedMap } from '../common/bounded-map.js';
import type { LogFields } from '../common/log-fields.js';
import { outsideText } from '../errors/outside-text.js';

const MINUTE_MS = 60_000;
const LINES_A_MINUTE = 10;
const MOST_KINDS = 50;
const MOST_NAMED = 1_000;

/** A line of the log about a string from outside, of which there may be any number. */
export interface LimitedLine {
  /** Lines of one kind share a limit: words of our own, few in number. */
  readonly kind: string;
  /** What the line names: one that was named is not named again. */
  readonly name: string;
  readonly text: () => string;
  /** The line about those of the kind that got none within a minute. */
  readonly rest: (count: number) => string;
  /** Of both lines. */
  readonly fields?: () => LogFields;
}

/** Where a bounded line goes. */
export type WriteLine = (line: string, fields: LogFields | undefined) => void;

export interface LineLimiterOptions {
  /** Whether a name counts as new again when the minute in which it was named is over. */
  readonly again?: boolean;
}

interface LimitedKind {
  readonly named: BoundedMap<string, true>;
  lines: number;
  leftOut: number;
  last: Pick<LimitedLine, 'rest' | 'fields'>;
  minute: NodeJS.Timeout | undefined;
}

/**
 * Bounds the lines that texts from outside cause: at most ten of a kind in a minute, each about another
 * name; then one that says how many were left out. Bounded in memory: what it forgot counts as new.
 */
export class LineLimiter {
  private readonly kinds = new Map<string, LimitedKind>();

  constructor(
    private readonly write: WriteLine,
    private readonly options: LineLimiterOptions = {},
  ) {}

  /** Whether the line was written. */
  offer(line: LimitedLine): boolean {
    const kind = this.kindOf(line);
    const name = outsideText(line.name);
    const again = this.options.again === true;
    if (kind.named.has(name) && !again) return false;
    kind.minute ??= setTimeout(() => this.endMinute(kind), MINUTE_MS).unref();
    if (kind.named.has(name) || kind.lines === LINES_A_MINUTE) {
      kind.leftOut++;
      kind.last = line;
      return false;
    }
    kind.named.set(name, true);
    kind.lines++;
    this.write(line.text(), line.fields?.());
    return true;
  }

  /** Says what was left out so far. */
  flush(): void {
    for (const kind of this.kinds.values()) this.endMinute(kind);
  }

  private kindOf(line: LimitedLine): LimitedKind {
    const { kind: name } = line;
    const known = this.kinds.size < MOST_KINDS || this.kinds.has(name) ? name : '';
    let kind = this.kinds.get(known);
    if (kind === undefined) {
      kind = {
        named: new BoundedMap({ entries: MOST_NAMED }),
        lines: 0,
        leftOut: 0,
        last: line,
        minute: undefined,
      };
      this.kinds.set(known, kind);
    }
    return kind;
  }

  private endMinute(kind: LimitedKind): void {
    clearTimeout(kind.minute);
    kind.minute = undefined;
    const { leftOut, last } = kind;
    [kind.lines, kind.leftOut] = [0, 0];
    if (this.options.again === true) kind.named.clear();
    if (leftOut > 0) this.write(last.rest(leftOut), last.fields?.());
  }
}

const SECOND_MS = 1_000;

interface RatedKind {
  lines: number;
  leftOut: number;
  last: RatedLine;
}

interface RatedLine {
  readonly text: (leftOut: number) => string;
  readonly fields: (() => LogFields) | undefined;
}

export interface RatedLineOptions {
  readonly fields?: () => LogFields;
  /** How many lines of the kind are written at once. Default 1. */
  readonly atOnce?: number;
}

/**
 * Bounds the lines about what may fail many times at once: the first of a kind at once, and then at most one a second,
 * about the last one, with the number of those that got none.
 */
export class LineRate {
  private readonly kinds = new Map<string, RatedKind>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly write: WriteLine) {}

  /** `text` makes the line; it is told how many lines of the kind were left out before it. */
  offer(
    kind: string,
    text: (leftOut: number) => string,
    { fields, atOnce = 1 }: RatedLineOptions = {},
  ): void {
    const name = this.kinds.size < MOST_KINDS || this.kinds.has(kind) ? kind : '';
    const known = this.kinds.get(name);
    if (known && known.lines >= atOnce) {
      known.leftOut++;
      known.last = { text, fields };
      return;
    }
    if (known) known.lines++;
    else this.kinds.set(name, { lines: 1, leftOut: 0, last: { text, fields } });
    this.timer ??= setInterval(() => this.endSecond(), SECOND_MS).unref();
    this.write(text(0), fields?.());
  }

  /** Says what was left out so far. */
  flush(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    const kinds = [...this.kinds.values()];
    this.kinds.clear();
    for (const { leftOut, last } of kinds) this.writeRest(last, leftOut);
  }

  private writeRest({ text, fields }: RatedLine, leftOut: number): void {
    if (leftOut > 0) this.write(text(leftOut - 1), fields?.());
  }

  private endSecond(): void {
    for (const [name, kind] of [...this.kinds]) {
      const { leftOut, last } = kind;
      if (leftOut === 0) this.kinds.delete(name);
      kind.lines = 1;
      kind.leftOut = 0;
      this.writeRest(last, leftOut);
    }
    if (this.kinds.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }
}

/** What a line says at its end of those that it stands for. */
export function andMore(leftOut: number): string {
  return leftOut > 0 ? ` (and ${leftOut} more like this since the previous such line)` : '';
}
