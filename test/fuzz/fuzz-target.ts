/** What one fuzz run found. */
export interface FuzzResult {
  readonly inputs: number;
  /** How many inputs ended in each way, for instance `accepted`, `UNUSABLE_RECORD`. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Inputs that crashed, hung or ended in an untyped error: seed and number of the input, and what happened. */
  readonly faults: readonly string[];
  readonly worstMs: number;
}

/** One kind of hostile input: the same seed makes the same inputs. */
export interface FuzzTarget {
  readonly name: string;
  /** Inputs of the long form. */
  readonly count: number;
  run(count: number, seed: number): Promise<FuzzResult>;
}

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}
