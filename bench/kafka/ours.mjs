//   ours.mjs LIBRARY BROKERS REGISTRY_URL
import { answerRuns } from '../common/measuring.mjs';
import { OurApplications } from '../common/our-application.mjs';
import { latencies } from './latencies.mjs';

const [library, brokers, registry] = process.argv.slice(2);
const { kafkaTransport } = await import(new URL('transport/kafka/index.js', library));
const applications = await OurApplications.of(library, () =>
  kafkaTransport({ brokers: brokers.split(','), schemaRegistry: { url: registry } }),
);

const latency = (run) => {
  let handle;
  const Enrolments = applications.handlerOf(run, (data) => handle(data));
  return applications.with(run, [Enrolments], (app) =>
    latencies(run, applications.senderOf(app), (given, work) => {
      handle = given;
      return work();
    }),
  );
};

/** An application that is far behind; after each part its memory, once the garbage is collected, and its speed. */
async function backlog(run) {
  const { n, parts } = run;
  const series = [];
  let seen = 0;
  let begin;
  let cpu;
  let finish;
  const done = new Promise((resolve) => (finish = resolve));
  const start = () => {
    begin = performance.now();
    cpu = process.cpuUsage();
  };
  const note = () => {
    const seconds = (performance.now() - begin) / 1_000;
    const { user, system } = process.cpuUsage(cpu);
    globalThis.gc();
    const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
    const each = n / parts;
    const cpuMicros = (user + system) / each;
    series.push({ events: seen, rss, heapUsed, arrayBuffers, rate: each / seconds, cpuMicros });
    start();
  };
  const Enrolments = applications.handlerOf(run, () => {
    if (seen === 0) start();
    if (++seen % (n / parts) === 0) note();
    if (seen === n) finish();
  });
  return applications.with(run, [Enrolments], async (app) => {
    await done;
    // The last event is counted as handled once its handler has returned.
    await new Promise(setImmediate);
    return { series, counts: applications.countsOf(app) };
  });
}

const { produce, consume } = applications;
await answerRuns({ produce, consume, latency, backlog });
