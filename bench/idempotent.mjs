// npm run bench:idempotent [-- --events 20000] [--rounds 5]
// What `idempotent: true` costs over a real Redis that has the events and the marks: events a second and processor time of an
// event without it, with it, and with it and `concurrency: 32` (100 keys); the commands that Redis ran for 100 events; and the memory of
// a mark.
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildLib } from './build-lib.mjs';
import { median } from './common/table.mjs';

register('../test/services/typescript-loader.mjs', import.meta.url);
const { startRedis } = await import('../test/services/redis.ts');
const { Contender } = await import('./common/contender.mjs');
const { Redis } = await import('ioredis');

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '20000' },
    rounds: { type: 'string', default: '5' },
  },
});
const [EVENTS, ROUNDS] = [values.events, values.rounds].map(Number);
const VARIANTS = {
  'not idempotent': {},
  'idempotent: true': { idempotent: true },
  'idempotent: true, concurrency: 32': {
    idempotent: true,
    further: { concurrency: 32, keyFields: { enrolments: 'enrollment.user.id' } },
  },
};

const library = await buildLib('.cache/bench-idempotent', '.');
const redis = await startRedis();
const client = new Redis(redis.url);
const script = fileURLToPath(new URL('redis/ours.mjs', import.meta.url));
const start = (name) =>
  new Contender(name, process.execPath, ['--expose-gc', script, library.href, redis.url]);
const run = { topic: 'enrolments', maxLen: 10_000_000 };
try {
  const sender = start('sender');
  await sender.ask({ what: 'produce', ...run, users: 100, n: EVENTS });
  await sender.end();
  const figures = Object.fromEntries(Object.keys(VARIANTS).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round++)
    for (const [i, [name, variant]] of Object.entries(VARIANTS).entries())
      figures[name].push(await measured(name, variant, `group-${i}-${round}`));
  for (const [name, rounds] of Object.entries(figures)) print(name, rounds);
  await printMemory();
} finally {
  client.disconnect();
  await redis.stop();
}

async function measured(name, variant, group) {
  const contender = start(name);
  const before = await calls();
  const { seconds, cpuMicros } = await contender.ask({
    ...{ what: 'consume', ...run, ...variant, n: EVENTS, group },
  });
  await contender.end();
  const after = await calls();
  const commands = Object.fromEntries(
    ['eval', 'xreadgroup', 'xack'].map((command) => [
      command,
      ((after[command] ?? 0) - (before[command] ?? 0)) / (EVENTS / 100),
    ]),
  );
  return { rate: EVENTS / seconds, cpuMicros, commands };
}

/** How often Redis ran each command. */
async function calls() {
  const info = await client.info('commandstats');
  const lines = info.matchAll(/^cmdstat_(\S+?):calls=(\d+)/gm);
  return Object.fromEntries([...lines].map(([, name, count]) => [name, Number(count)]));
}

function print(name, rounds) {
  const rate = median(rounds.map((one) => one.rate)).toFixed(0);
  const cpu = median(rounds.map((one) => one.cpuMicros)).toFixed(1);
  const commands = Object.keys(rounds[0].commands)
    .map((command) => `${median(rounds.map((one) => one.commands[command])).toFixed(1)} ${command}`)
    .join(', ');
  console.log(
    `Redis, ${name}: ${rate} events/s, ${cpu} cpu µs/event; commands for 100 events: ${commands}`,
  );
}

async function printMemory() {
  const { dbsize, used } = { dbsize: await client.dbsize(), used: await usedMemory() };
  const key = (await client.scan('0', 'MATCH', 'openedx-event-bus:mark:*', 'COUNT', 1_000))[1][0];
  const bytes = await client.memory('USAGE', key);
  const marks = dbsize - 1;
  await client.eval(
    "for _, key in ipairs(redis.call('KEYS', 'openedx-event-bus:mark:*')) do redis.call('DEL', key) end",
    0,
  );
  const all = (used - (await usedMemory())) / marks;
  console.log(
    `a mark: ${bytes} bytes by MEMORY USAGE, ${all.toFixed(0)} bytes of used memory (${marks} marks); key ${key}`,
  );
}

async function usedMemory() {
  return Number(/used_memory:(\d+)/.exec(await client.info('memory'))[1]);
}
