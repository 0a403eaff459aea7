import { monotonicNow } from '../../common/clocks.js';
import type { Screen } from './screen.js';

const EVERY_MS = 200;
/** The rate is that of so many ms before. */
const WINDOW_MS = 5_000;

export interface ProgressOptions {
  /** What is counted: `events`. */
  readonly unit: string;
  /** How many there will be, where that is known. */
  readonly total?: number | undefined;
  /** When the work ends at the latest, by `monotonicNow`. */
  readonly endsAt?: number | undefined;
}

/** Shows how far long work is: a count, a rate, and what remains where that is known. */
export class Progress {
  private count = 0;
  private readonly began = monotonicNow();
  private samples: { readonly at: number; readonly count: number }[] = [
    { at: this.began, count: 0 },
  ];
  private readonly timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly screen: Screen,
    private readonly options: ProgressOptions,
  ) {
    if (!screen.isTerminal) return;
    this.timer = setInterval(() => this.draw(), EVERY_MS);
    this.timer.unref();
  }

  advance(by = 1): void {
    this.count += by;
  }

  /** Clears the line. Idempotent. */
  end(): void {
    clearInterval(this.timer);
    if (this.timer) this.screen.clear();
  }

  private draw(): void {
    const now = monotonicNow();
    this.samples.push({ at: now, count: this.count });
    this.samples = this.samples.filter(({ at }) => now - at <= WINDOW_MS);
    this.screen.draw(this.line(now));
  }

  private line(now: number): string {
    const { unit, total, endsAt } = this.options;
    const first = this.samples[0]!;
    const rate = ((this.count - first.count) * 1_000) / Math.max(1, now - first.at);
    const counted = this.count === 1 ? unit.replace(/s$/, '') : unit;
    const parts = [`${number(this.count)} ${counted}`, `${number(Math.round(rate))}/s`];
    if (total !== undefined) parts.push(`${number(Math.max(0, total - this.count))} remaining`);
    if (endsAt !== undefined)
      parts.push(
        `ends in ${number(Math.max(0, Math.ceil((endsAt - now) / 1_000)))} s at the latest`,
      );
    return parts.join(' · ');
  }
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}
