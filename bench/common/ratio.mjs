/** Quantiles of Student's t, two-sided 95 %, for 1, 2, … degrees of freedom. */
const T = [
  12.71, 4.3, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.2, 2.18, 2.16, 2.14, 2.13, 2.12,
  2.11, 2.1, 2.09, 2.09, 2.08, 2.07, 2.07, 2.06, 2.06, 2.06, 2.05, 2.05, 2.05, 2.04,
];

/** Geometric mean of base / ours over the rounds, with its interval. */
export function ratioOf(measures) {
  const logs = measures.map(({ base, ours }) => Math.log(base / ours));
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  const variance = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / (logs.length - 1);
  const reach = (T[logs.length - 2] ?? 1.96) * Math.sqrt(variance / logs.length);
  return [mean - reach, mean, mean + reach].map(Math.exp);
}
