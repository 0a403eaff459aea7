//   ours.mjs LIBRARY REDIS_URL
import { answerRuns, inWaves } from '../common/measuring.mjs';
import { OurApplications } from '../common/our-application.mjs';

const [library, url] = process.argv.slice(2);
const { redisTransport, redisIdempotencyStore } = await import(
  new URL('transport/redis/index.js', library)
);
const applications = await OurApplications.of(
  library,
  ({ maxLen = 10_000 }) => redisTransport({ url, streamMaxLen: maxLen, consumerName: 'ours' }),
  () => redisIdempotencyStore({ url }),
);

/** One application that sends to itself; memory after each part, once the garbage is collected. */
async function endure(run) {
  const { n, parts, maxLen } = run;
  const series = [];
  let sent = 0;
  let seen = 0;
  let caughtUp = () => undefined;
  const Enrolments = applications.handlerOf(run, () => {
    seen++;
    if (seen === sent) caughtUp();
  });
  return applications.with(run, [Enrolments], async (app) => {
    const wave = applications.waveOf(app);
    for (let part = 0; part <= parts; part++) {
      if (part > 0)
        await inWaves(n / parts, async (count) => {
          sent += count;
          await wave(count);
          while (sent - seen > maxLen / 4) await new Promise((go) => setTimeout(go, 5));
        });
      if (seen < sent) await new Promise((resolve) => (caughtUp = resolve));
      // The last event is counted as handled once its handler has returned.
      await new Promise(setImmediate);
      globalThis.gc();
      const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
      series.push({ events: seen, rss, heapUsed, external, arrayBuffers });
    }
    return { series, counts: applications.countsOf(app) };
  });
}

const { produce, consume, letters } = applications;
await answerRuns({ produce, consume, letters, endure });
