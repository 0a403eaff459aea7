import { setTimeout as pause } from 'node:timers/promises';
import { enrolment } from '../common/measuring.mjs';

const WARM_UP = 200;

/**
 * Milliseconds from `send` to the handler: sends an event every `everyMs` without waiting for the one before, and
 * resolves with the quantiles once all `n` are handled. `consuming(handle, work)` calls `handle` with the data of each
 * event while `work` is under way.
 */
export async function latencies({ n, everyMs }, send, consuming) {
  const total = WARM_UP + n;
  const sentAt = [];
  const taken = [];
  let seen = 0;
  let finish;
  const done = new Promise((resolve) => (finish = resolve));
  const handle = (data) => {
    const number = data.enrollment.user.id;
    taken[number] ??= performance.now() - sentAt[number];
    if (++seen === total) finish();
  };
  await consuming(handle, async () => {
    const begin = performance.now();
    const sends = [];
    for (let number = 0; number < total; number++) {
      const early = begin + number * everyMs - performance.now();
      if (early > 1) await pause(early);
      const { user } = enrolment.enrollment;
      const enrollment = { ...enrolment.enrollment, user: { ...user, id: number } };
      sentAt.push(performance.now());
      sends.push(send({ enrollment }));
    }
    await Promise.all([...sends, done]);
  });
  const sorted = taken.slice(WARM_UP).toSorted((a, b) => a - b);
  const quantile = (q) => sorted[Math.floor(q * (sorted.length - 1))];
  return { p50: quantile(0.5), p99: quantile(0.99), max: sorted.at(-1) };
}
