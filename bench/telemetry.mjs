// npm run bench:telemetry [-- --events 20000] [--rounds 15] [--before COMMIT] [--aim 1.1]
// What telemetry costs over a real Redis: none, metrics alone, metrics with 1 % of the traces sampled; with `--before` also the
// library of another commit, without telemetry. Compared is the processor time of an event, round by round: each round starts
// all of them in fresh processes, which warm up first, and begins with another one.
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildLib, buildLibOf } from './build-lib.mjs';

register('../test/services/typescript-loader.mjs', import.meta.url);
const { startRedis } = await import('../test/services/redis.ts');
const { Redis } = await import('ioredis');
const { Contender } = await import('./common/contender.mjs');
const { median } = await import('./common/table.mjs');
const { ratioOf } = await import('./common/ratio.mjs');

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '20000' },
    rounds: { type: 'string', default: '15' },
    before: { type: 'string' },
    aim: { type: 'string', default: '1.1' },
  },
});
const EVENTS = Number(values.events);
const ROUNDS = Number(values.rounds);
const MAX_LEN = 10_000_000;

const library = await buildLib('.cache/bench-telemetry', '.');
const before = values.before && (await buildLibOf(values.before, '.cache/bench-telemetry-before'));
const redis = await startRedis();
const client = new Redis(redis.url);
const script = fileURLToPath(new URL('redis/ours.mjs', import.meta.url));
const side = (name, of, telemetry) => ({ name, of, telemetry, cpu: { produce: [], consume: [] } });
const field = [
  side('off', library),
  side('metrics only', library, { metrics: true }),
  side('metrics, 1 % of traces', library, { metrics: true, sampled: 0.01 }),
  ...(before ? [side('off, before', before)] : []),
];
const [base] = field;
/** Measured runs of one process: their median leaves out what the collector of garbage and the compiler do in between. */
const RUNS = 3;

try {
  const filler = start('filler', library);
  await filler.ask({ what: 'produce', topic: 'filled', n: EVENTS, maxLen: MAX_LEN });
  await filler.end();
  for (let round = 0; round < ROUNDS; round++)
    for (let i = 0; i < field.length; i++) await measure(field[(i + round) % field.length], round);
  for (const what of ['produce', 'consume']) report(what);
} finally {
  client.disconnect();
  await redis.stop();
}

function start(name, of) {
  return new Contender(name, process.execPath, ['--expose-gc', script, of.href, redis.url]);
}

async function measure({ name, of, telemetry, cpu }, round) {
  const contender = start(name, of);
  for (const what of ['produce', 'consume']) {
    const figures = [];
    for (let run = 0; run <= RUNS; run++) {
      const place = `${name.replaceAll(/\W+/g, '-')}-${round}-${run}`;
      const { cpuMicros } = await contender.ask({
        ...{ what, topic: what === 'consume' ? 'filled' : place, group: place },
        ...{ n: EVENTS, maxLen: MAX_LEN, telemetry },
      });
      if (what === 'produce') await client.unlink(place);
      // The first one warms up.
      if (run > 0) figures.push(cpuMicros);
    }
    cpu[what].push(median(figures));
  }
  await contender.end();
}

function report(what) {
  console.log(
    `\n${what.padEnd(28)}cpu µs/event     of ${base.name} (95 % interval), ${ROUNDS} rounds`,
  );
  for (const { name, cpu } of field) {
    const ratios = ratioOf(cpu[what].map((ours, i) => ({ base: ours, ours: base.cpu[what][i] })));
    const [low, mean, high] = ratios.map((ratio) => ratio.toFixed(3));
    const micros = median(cpu[what]).toFixed(2).padStart(12);
    console.log(`${name.padEnd(28)}${micros}     ${mean} [${low}, ${high}]`);
  }
  console.log(`aim of metrics only: at most ${values.aim} of off on consume`);
}
