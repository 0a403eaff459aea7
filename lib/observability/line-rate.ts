const SECOND_MS = 1_000;
const MOST_KINDS = 50;

interface Kind {
  lines: number;
  leftOut: number;
  last: (leftOut: number) => string;
}

/**
 * Bounds the lines about what may fail many times at once: the first of a kind at once, and then at most one a second,
 * about the last one, with the number of those that got none.
 */
export class LineRate {
  private readonly kinds = new Map<string, Kind>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly write: (line: string) => void) {}

  /** `text` makes the line; it is told how many lines of the kind were left out before it. `atOnce`: lines before that. */
  offer(kind: string, text: (leftOut: number) => string, atOnce = 1): void {
    const name = this.kinds.size < MOST_KINDS || this.kinds.has(kind) ? kind : '';
    const known = this.kinds.get(name);
    if (known && known.lines >= atOnce) {
      known.leftOut++;
      known.last = text;
      return;
    }
    if (known) known.lines++;
    else this.kinds.set(name, { lines: 1, leftOut: 0, last: text });
    this.timer ??= setInterval(() => this.endSecond(), SECOND_MS).unref();
    this.write(text(0));
  }

  /** Says what was left out so far. */
  flush(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    const kinds = [...this.kinds.values()];
    this.kinds.clear();
    for (const { leftOut, last } of kinds) if (leftOut > 0) this.write(last(leftOut - 1));
  }

  private endSecond(): void {
    for (const [name, kind] of [...this.kinds]) {
      const { leftOut, last } = kind;
      if (leftOut === 0) this.kinds.delete(name);
      kind.lines = 1;
      kind.leftOut = 0;
      if (leftOut > 0) this.write(last(leftOut - 1));
    }
    if (this.kinds.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }
}

/** What a line says at its end of those that it stands for. */
export function andMore(leftOut: number): string {
  return leftOut > 0 ? ` (and ${leftOut} more like this since the line before)` : '';
}
