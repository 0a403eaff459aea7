import { outsideText } from '../errors/outside-text.js';

const MINUTE_MS = 60_000;
const LINES_A_MINUTE = 10;
const MOST_KINDS = 50;
const MOST_NAMED = 1_000;

/** A line of the log about a text from outside, of which there may be any number. */
export interface LimitedLine {
  /** Lines of one kind share a limit: words of our own, few in number. */
  readonly kind: string;
  /** What the line names: one that was named is not named again. */
  readonly name: string;
  readonly text: () => string;
  /** The line about those of the kind that got none within a minute. */
  readonly rest: (count: number) => string;
}

export interface LineLimiterOptions {
  /** Whether a name counts as new again when the minute in which it was named is over. */
  readonly again?: boolean;
}

interface Kind {
  readonly named: Set<string>;
  lines: number;
  leftOut: number;
  rest: LimitedLine['rest'];
  minute: NodeJS.Timeout | undefined;
}

/**
 * Bounds the lines that texts from outside cause: at most ten of a kind in a minute, each about another
 * name; then one that says how many were left out. Bounded in memory: what it forgot counts as new.
 */
export class LineLimiter {
  private readonly kinds = new Map<string, Kind>();

  constructor(
    private readonly write: (line: string) => void,
    private readonly options: LineLimiterOptions = {},
  ) {}

  offer(line: LimitedLine): void {
    const kind = this.kindOf(line);
    const name = outsideText(line.name);
    const again = this.options.again === true;
    if (kind.named.has(name) && !again) return;
    kind.minute ??= setTimeout(() => this.endMinute(kind), MINUTE_MS).unref();
    if (kind.named.has(name) || kind.lines === LINES_A_MINUTE) {
      kind.leftOut++;
      kind.rest = line.rest;
      return;
    }
    if (kind.named.size >= MOST_NAMED) kind.named.clear();
    kind.named.add(name);
    kind.lines++;
    this.write(line.text());
  }

  /** Says what was left out so far. */
  flush(): void {
    for (const kind of this.kinds.values()) this.endMinute(kind);
  }

  private kindOf({ kind: name, rest }: LimitedLine): Kind {
    const known = this.kinds.size < MOST_KINDS || this.kinds.has(name) ? name : '';
    let kind = this.kinds.get(known);
    if (kind === undefined) {
      kind = { named: new Set(), lines: 0, leftOut: 0, rest, minute: undefined };
      this.kinds.set(known, kind);
    }
    return kind;
  }

  private endMinute(kind: Kind): void {
    clearTimeout(kind.minute);
    kind.minute = undefined;
    const { leftOut } = kind;
    [kind.lines, kind.leftOut] = [0, 0];
    if (this.options.again === true) kind.named.clear();
    if (leftOut > 0) this.write(kind.rest(leftOut));
  }
}
