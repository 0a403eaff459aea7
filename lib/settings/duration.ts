const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

type Unit = keyof typeof UNIT_MS;

/** A length of time: an integer with its unit, such as `'30s'`, `'10m'`, `'12h'` or `'7d'`; or a number of ms. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

export const DURATION_ALLOWED =
  "a duration such as '500ms', '30s', '10m', '12h' or '7d', or a number of ms";

const LONGEST_MS = Number.MAX_SAFE_INTEGER;

/** The duration in ms; undefined for what is none, or is not longer than 0. */
export function durationMs(duration: unknown): number | undefined {
  const ms = typeof duration === 'string' ? textMs(duration) : duration;
  return typeof ms === 'number' && Number.isInteger(ms) && ms > 0 && ms <= LONGEST_MS
    ? ms
    : undefined;
}

/** The duration in its largest unit that leaves no fraction: `10m` for 600,000 ms. */
export function durationText(ms: number): string {
  const units = Object.keys(UNIT_MS).reverse() as Unit[];
  const unit = units.find((one) => ms % UNIT_MS[one] === 0) ?? 'ms';
  return `${ms / UNIT_MS[unit]}${unit}`;
}

function textMs(text: string): number | undefined {
  const [, count, unit] = /^\s*(\d{1,15})\s*(ms|s|m|h|d)\s*$/.exec(text) ?? [];
  return unit === undefined ? undefined : Number(count) * UNIT_MS[unit as Unit];
}
