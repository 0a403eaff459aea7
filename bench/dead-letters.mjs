// npm run bench:letters [-- --events 20000] [--rounds 15] [--letters 10000]
// What dead letters cost over a real Redis. Without failures: processor time of an event with `onFailure: 'log'` beside that
// with `'deadLetter'`, in pairs; a ratio above 1 means that dead letters cost nothing that can be seen. With failures only:
// letters a second, and memory along the way.
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildLib } from './build-lib.mjs';
import { median, printMemory } from './common/table.mjs';
import { ratioOf } from './common/ratio.mjs';

register('../test/services/typescript-loader.mjs', import.meta.url);
const { startRedis } = await import('../test/services/redis.ts');
const { Contender } = await import('./common/contender.mjs');
const { Redis } = await import('ioredis');

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '20000' },
    rounds: { type: 'string', default: '15' },
    letters: { type: 'string', default: '10000' },
  },
});
const [EVENTS, ROUNDS, LETTERS] = [values.events, values.rounds, values.letters].map(Number);

const library = await buildLib('.cache/bench-letters', '.');
const redis = await startRedis();
const client = new Redis(redis.url);
const script = fileURLToPath(new URL('redis/ours.mjs', import.meta.url));
const start = (name) =>
  new Contender(name, process.execPath, ['--expose-gc', script, library.href, redis.url]);
const run = { topic: 'letters', maxLen: 10_000_000 };
try {
  await withoutFailures();
  await withFailures();
} finally {
  client.disconnect();
  await redis.stop();
}

async function withoutFailures() {
  const pairs = [];
  const sender = start('sender');
  await sender.ask({ what: 'produce', ...run, n: EVENTS });
  await sender.end();
  for (let round = 0; round < ROUNDS; round++) {
    const figures = {};
    for (const onFailure of round % 2 === 0 ? ['log', 'deadLetter'] : ['deadLetter', 'log']) {
      const contender = start(onFailure);
      const consume = { what: 'consume', ...run, n: EVENTS, further: { onFailure } };
      await contender.ask({ ...consume, group: `warm-${onFailure}-${round}` });
      const measured = await contender.ask({ ...consume, group: `${onFailure}-${round}` });
      figures[onFailure] = measured.cpuMicros;
      await contender.end();
    }
    pairs.push({ base: figures.log, ours: figures.deadLetter });
  }
  const [low, mean, high] = ratioOf(pairs).map((ratio) => ratio.toFixed(3));
  const figure = (side) => median(pairs.map((one) => one[side])).toFixed(2);
  console.log(
    `Redis, handle, no failures, cpu µs an event: log ${figure('base')}, deadLetter ${figure('ours')}; ` +
      `log / deadLetter ${mean} [${low}, ${high}]`,
  );
}

async function withFailures() {
  await client.flushall();
  const contender = start('letters');
  await contender.ask({ what: 'produce', ...run, n: LETTERS });
  const { seconds, cpuMicros, series } = await contender.ask({
    ...{ what: 'letters', ...run, n: LETTERS, group: 'g' },
  });
  await contender.end();
  const rate = (LETTERS / seconds).toFixed(0);
  console.log(`Redis, every event fails: ${rate} letters/s, ${cpuMicros.toFixed(1)} cpu µs/letter`);
  printMemory('memory after so many letters, MB', series);
}
