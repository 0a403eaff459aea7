// npm run bench:telemetry [-- --events 20000] [--rounds 15] [--before COMMIT] [--aim 1.1]
// What telemetry costs over a real Redis: none, metrics alone, metrics with 1 % of the traces sampled, in turns; with `--before`
// also the library of another commit, without telemetry. Compared is the processor time of an event, round by round.
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildLib, buildLibOf } from './build-lib.mjs';

register('../test/services/typescript-loader.mjs', import.meta.url);
const { startRedis } = await import('../test/services/redis.ts');
const { Contender } = await import('./common/contender.mjs');
const { median } = await import('./common/table.mjs');

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
const script = fileURLToPath(new URL('redis/ours.mjs', import.meta.url));
const contender = (name, of, telemetry) => ({
  ...{ name, telemetry, cpu: { produce: [], consume: [] } },
  contender: new Contender(name, process.execPath, [
    ...['--expose-gc', script, of.href, redis.url],
  ]),
});
const field = [
  ...(before ? [contender('off, before', before)] : []),
  contender('off', library),
  contender('metrics only', library, { metrics: true }),
  contender('metrics, 1 % of traces', library, { metrics: true, sampled: 0.01 }),
];
const base = field[0];

try {
  await base.contender.ask({ what: 'produce', topic: 'filled', n: EVENTS, maxLen: MAX_LEN });
  for (const what of ['produce', 'consume'])
    // Round 0 warms up and does not count. Each round begins with another one.
    for (let round = 0; round <= ROUNDS; round++)
      for (let i = 0; i < field.length; i++) {
        const one = field[(i + round) % field.length];
        const name = `${one.name.replaceAll(/\W+/g, '-')}-${round}`;
        const { cpuMicros } = await one.contender.ask({
          ...{ what, topic: what === 'consume' ? 'filled' : name, group: name },
          ...{ n: EVENTS, maxLen: MAX_LEN, telemetry: one.telemetry },
        });
        if (round > 0) one.cpu[what].push(cpuMicros);
      }
  for (const what of ['produce', 'consume']) report(what);
} finally {
  for (const { contender: child } of field) await child.end();
  await redis.stop();
}

function report(what) {
  console.log(
    `\n${what.padEnd(28)}cpu µs/event     of ${base.name} (95 % interval), ${ROUNDS} rounds`,
  );
  for (const { name, cpu } of field) {
    const ratios = cpu[what].map((micros, i) => micros / base.cpu[what][i]);
    const [low, high] = interval(ratios);
    const figures = `${median(ratios).toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`;
    console.log(`${name.padEnd(28)}${median(cpu[what]).toFixed(2).padStart(12)}     ${figures}`);
  }
  console.log(`aim of metrics only: at most ${values.aim} of off on consume`);
}

/** Of the median: the bounds between which it lies in 95 of 100 samples that are drawn anew from the given one. */
function interval(list) {
  const medians = Array.from({ length: 2_000 }, () =>
    median(list.map(() => list[Math.floor(Math.random() * list.length)])),
  ).sort((a, b) => a - b);
  return [medians[50], medians[1_949]];
}
