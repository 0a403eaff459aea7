// npm run bench:compare [-- --base HEAD~1] [--rounds 15] [--events 20000] [--only codec|redis|kafka]
// This checkout's library beside that of another commit: processor time of an event, in pairs. Each round starts both in
// fresh processes, which warm up first, and takes turns in who comes first. A ratio above 1 means that this checkout is
// faster; in brackets the 95 % interval of the mean. Exit code 1 where an interval lies wholly below 1.
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildLib, buildLibOf } from './build-lib.mjs';
import { cases } from './codec-cases.mjs';
import { ratioOf } from './common/ratio.mjs';
import { median } from './common/table.mjs';

register('../test/services/typescript-loader.mjs', import.meta.url);
const { Contender } = await import('./common/contender.mjs');

const { values } = parseArgs({
  options: {
    base: { type: 'string', default: 'HEAD~1' },
    rounds: { type: 'string', default: '15' },
    events: { type: 'string', default: '20000' },
    only: { type: 'string', default: '' },
  },
});
const ROUNDS = Number(values.rounds);
const EVENTS = Number(values.events);
const CODEC_CALLS = 100_000;
/** Measured runs in one process: their median leaves out what the collector of garbage and the compiler do in between. */
const RUNS = { codec: 5, broker: 3 };

const libraries = {
  base: await buildLibOf(values.base, '.cache/bench-compare-base'),
  ours: await buildLib('.cache/bench-compare-ours', '.'),
};
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Runs both sides of one round, each in a fresh process; `turn(contender, side)` warms up and gives one figure a row. */
async function pair(round, script, args, turn) {
  const sides = round % 2 === 0 ? ['base', 'ours'] : ['ours', 'base'];
  const figures = {};
  for (const side of sides) {
    const command = ['--expose-gc', here(script), libraries[side].href, ...args];
    const contender = new Contender(side, process.execPath, command);
    figures[side] = await turn(contender, `${side}-${round}`);
    await contender.end();
  }
  return figures;
}

/** The median processor time of an event in so many runs. */
async function medianOf(count, contender, runOf) {
  const figures = [];
  for (let n = 0; n < count; n++) figures.push((await contender.ask(runOf(n))).cpuMicros);
  return median(figures);
}

async function measureCodec(rows) {
  for (let round = 0; round < ROUNDS; round++) {
    const { base, ours } = await pair(round, 'compare/codec.mjs', [], async (contender) => {
      const figures = {};
      for (const what of ['encode', 'decode'])
        for (const [index, { name }] of cases.entries()) {
          await contender.ask({ what, case: index, n: CODEC_CALLS });
          const run = { what, case: index, n: CODEC_CALLS };
          figures[`codec: ${what}, ${name}`] = await medianOf(RUNS.codec, contender, () => run);
        }
      return figures;
    });
    note(rows, base, ours);
  }
}

async function measureRedis(rows) {
  const { startRedis } = await import('../test/services/redis.ts');
  const { Redis } = await import('ioredis');
  const redis = await startRedis();
  const client = new Redis(redis.url);
  const run = { topic: 'compare', n: EVENTS, maxLen: 10_000_000 };
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const { base, ours } = await pair(round, 'redis/ours.mjs', [redis.url], async (contender) => {
        await contender.ask({ what: 'produce', ...run });
        await client.del(run.topic);
        const sent = await medianOf(RUNS.broker, contender, () => ({ what: 'produce', ...run }));
        await client.xtrim(run.topic, 'MAXLEN', EVENTS);
        await contender.ask({ what: 'consume', ...run, group: 'warm-up' });
        const handled = await medianOf(RUNS.broker, contender, (n) => ({
          what: 'consume',
          ...run,
          group: `measured-${n}`,
        }));
        await client.flushall();
        return { 'Redis: send': sent, 'Redis: handle': handled };
      });
      note(rows, base, ours);
    }
  } finally {
    client.disconnect();
    await redis.stop();
  }
}

async function measureKafka(rows) {
  const { startKafka } = await import('../test/services/kafka.ts');
  const { startRegistry } = await import('../test/services/registry.ts');
  const { makeTopic } = await import('./kafka/make-topic.mjs');
  const { Kafka, logLevel } = await import('kafkajs');
  const [kafka, registry] = await Promise.all([startKafka({ jvm: [] }), startRegistry()]);
  const args = [kafka.bootstrap.plaintext, registry.url];
  const brokers = kafka.bootstrap.plaintext.split(',');
  const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const { base, ours } = await pair(round, 'kafka/ours.mjs', args, async (contender, name) => {
        const warm = `warm-${name}`;
        const measured = Array.from({ length: RUNS.broker }, (_, n) => `measured-${name}-${n}`);
        for (const topic of [warm, ...measured]) await makeTopic(admin, topic);
        const runOn = (what, topic) => ({ what, n: EVENTS, topic, group: topic });
        const each = (what) => medianOf(RUNS.broker, contender, (n) => runOn(what, measured[n]));
        await contender.ask(runOn('produce', warm));
        const sent = await each('produce');
        await contender.ask(runOn('consume', warm));
        const handled = await each('consume');
        await admin.deleteTopics({ topics: [warm, ...measured] });
        return { 'Kafka: send': sent, 'Kafka: handle': handled };
      });
      note(rows, base, ours);
    }
  } finally {
    await admin.disconnect();
    await Promise.all([kafka.stop(), registry.stop()]);
  }
}

function note(rows, base, ours) {
  for (const name of Object.keys(ours)) {
    if (!rows.has(name)) rows.set(name, []);
    rows.get(name).push({ base: base[name], ours: ours[name] });
  }
}

function print(rows) {
  console.log(
    `\nprocessor µs an event, ${ROUNDS} rounds, base ${values.base}\n` +
      `${''.padEnd(36)}${'base'.padStart(8)}${'ours'.padStart(8)}   base / ours`,
  );
  for (const [name, measures] of rows) {
    const [low, mean, high] = ratioOf(measures);
    const figure = (side) => median(measures.map((one) => one[side]));
    const slower = high < 1;
    if (slower) process.exitCode = 1;
    console.log(
      `${name.padEnd(36)}${figure('base').toFixed(2).padStart(8)}${figure('ours').toFixed(2).padStart(8)}` +
        `   ${mean.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]${slower ? '  SLOWER' : ''}`,
    );
  }
}

const parts = { codec: measureCodec, redis: measureRedis, kafka: measureKafka };
for (const [name, measure] of Object.entries(parts)) {
  if (!name.startsWith(values.only)) continue;
  const rows = new Map();
  await measure(rows);
  print(rows);
}
