/**
 * How often a model is run: `runs` in `npm test`, and as often as MODEL_RUNS says in the long form. MODEL_SEED and
 * MODEL_PATH repeat a failure, as fast-check prints them.
 */
export function modelRuns(runs: number) {
  const { MODEL_RUNS, MODEL_SEED, MODEL_PATH } = process.env;
  return {
    numRuns: Number(MODEL_RUNS ?? runs),
    ...(MODEL_SEED ? { seed: Number(MODEL_SEED) } : {}),
    ...(MODEL_PATH ? { path: MODEL_PATH } : {}),
  };
}
