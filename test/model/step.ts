import fc from 'fast-check';

/** One step of a scenario: what is done, and with what. Of several names it is the union. */
export type Step<Do extends string, With> = Do extends string ? { readonly do: Do } & With : never;

/** How long time goes on, in ms: a moment, some seconds, or long enough for all that runs out. */
export const span = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 300 }) },
  { weight: 3, arbitrary: fc.integer({ min: 300, max: 8_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 8_000, max: 40_000 }) },
);
