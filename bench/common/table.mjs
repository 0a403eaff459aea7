export const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1];

/**
 * Prints the medians of what was measured in several rounds (`measures` of each contender: `n`, `seconds`,
 * `cpuMicros`), with the ratio of each rate to those of the contenders named in `against`.
 */
export function printRates(title, field, against) {
  const rateOf = ({ n, seconds }) => n / seconds;
  const rates = new Map(field.map(({ name, measures }) => [name, median(measures.map(rateOf))]));
  const heads = against.map((name) => `of ${name}`.padStart(14)).join('');
  console.log(`\n${title.padEnd(30)}events/s  cpu µs/event${heads}   spread`);
  for (const { name, measures } of field) {
    const rate = rates.get(name);
    const cpu = median(measures.map(({ cpuMicros }) => cpuMicros));
    const ratio = (to) => (rates.has(to) ? `${(rate / rates.get(to)).toFixed(2)}x` : '');
    const all = measures.map((one) => Math.round(rateOf(one)));
    console.log(
      `${name.padEnd(30)}${rate.toFixed(0).padStart(8)}${cpu.toFixed(1).padStart(14)}` +
        `${against.map((to) => ratio(to).padStart(14)).join('')}   ${Math.min(...all)} to ${Math.max(...all)}`,
    );
  }
}

const megabytes = (bytes) => (bytes / 2 ** 20).toFixed(1).padStart(9);

/** Prints memory (MB) along a run, beside what else is known of each part. */
export function printMemory(title, series, further = {}) {
  console.log(`\n${title}`);
  const heads = Object.keys(further).map((name) => name.padStart(14));
  console.log(`${'events'.padStart(9)}      rss     heap  buffers${heads.join('')}`);
  for (const point of series) {
    const { events, rss, heapUsed, arrayBuffers } = point;
    const more = Object.values(further).map((of) => String(of(point) ?? '').padStart(14));
    const sizes = [rss, heapUsed, arrayBuffers].map(megabytes);
    console.log(`${String(events).padStart(9)}${sizes.join('')}${more.join('')}`);
  }
}
