// npm run bench:redis [-- --events 20000] [--rounds 5] [--endure 1000000] [--only ours] [--profile]
// Events a second over a real Redis: the Python reference, bare ioredis + avsc, and this library, in turns. Ratios are of
// medians. "cpu" is the processor time of the contender's own process: what else the machine does hardly counts there.
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildLib } from './build-lib.mjs';

register('../test/services/typescript-loader.mjs', import.meta.url);
const { startRedis } = await import('../test/services/redis.ts');
const { provisionPython } = await import('../test/services/python.ts');
const { Contender } = await import('./common/contender.mjs');

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '20000' },
    rounds: { type: 'string', default: '5' },
    endure: { type: 'string', default: '1000000' },
    only: { type: 'string', default: '' },
    profile: { type: 'boolean', default: false },
  },
});
const EVENTS = Number(values.events);
const ROUNDS = Number(values.rounds);
const ENDURE = Number(values.endure);
/** The reference is slow: it gets as many events as take it about as long. */
const REFERENCE_EVENTS = Math.max(500, Math.round(EVENTS / 20));
/** Above the run: Redis must have all events to the end. */
const MAX_LEN = 10_000_000;
const AIMS = {
  produce: { bare: 0.7, reference: 12 },
  consume: { bare: 0.6, reference: 20 },
};

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const library = await buildLib('.cache/bench-redis', '.');
const { codecFor } = await import(new URL('codec/event-codec.js', library));
const { COURSE_ENROLLMENT_CREATED } = await import(new URL('events/catalog/index.js', library));
// avsc refuses a namespace with a hyphen.
const schema = codecFor(COURSE_ENROLLMENT_CREATED).schema.replaceAll('-', '_');
const python = await provisionPython();
const redis = await startRedis();

const node = (script, ...args) => {
  const flags = ['--expose-gc'];
  if (values.profile) flags.push('--cpu-prof', `--cpu-prof-dir=${here('../.cache/profiles')}`);
  return [process.execPath, [...flags, here(`redis/${script}`), ...args]];
};
const drivers = here('../test/interop/python');
const script = [...python.args, '-B', here('redis/reference.py'), drivers, redis.url, `${MAX_LEN}`];
const ours = node('ours.mjs', library.href, redis.url);
const field = [
  { name: 'bare', events: EVENTS, command: node('bare.mjs', redis.url, schema) },
  { name: 'ours', events: EVENTS, command: ours },
  { name: 'ours, no audit log', events: EVENTS, command: ours, options: { auditLogging: false } },
  { name: 'reference', events: REFERENCE_EVENTS, command: [python.program, script] },
].filter(({ name }) => name.startsWith(values.only));
for (const one of field) one.contender = new Contender(one.name, ...one.command);

const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1];
const { Redis } = await import('ioredis');
const client = new Redis(redis.url);
const results = new Map(field.map(({ name }) => [name, { produce: [], consume: [] }]));

async function turn(what, { name, contender, events: n, options }, round) {
  const topic = what === 'consume' ? 'filled' : `${name.replaceAll(/\W+/g, '-')}-${round}`;
  const group = `${name.replaceAll(/\W+/g, '-')}-${round}`;
  const measured = await contender.ask({ what, topic, group, n, maxLen: MAX_LEN, ...options });
  if (what === 'produce') {
    const length = await client.xlen(topic);
    if (length !== n) throw new Error(`${name}: ${length} events in the stream instead of ${n}`);
    await client.del(topic);
  } else {
    const [pending] = await client.xpending(topic, group);
    // The reference is stopped inside its last receiver.
    if (pending > 1) throw new Error(`${name}: ${pending} handled events are pending`);
    await client.xgroup('DESTROY', topic, group);
  }
  return measured;
}

function report(what) {
  console.log(
    `\n${what}, ${ROUNDS} rounds${' '.repeat(18)}events/s      cpu µs/event   of bare   of reference`,
  );
  const rate = (name) => median(results.get(name)[what].map(({ n, seconds }) => n / seconds));
  for (const { name } of field) {
    const cpu = median(results.get(name)[what].map(({ cpuMicros }) => cpuMicros));
    const spread = results.get(name)[what].map(({ n, seconds }) => Math.round(n / seconds));
    const times = (to) =>
      (results.has(to) ? `${(rate(name) / rate(to)).toFixed(2)}x` : '').padStart(8);
    console.log(
      `${name.padEnd(34)}${rate(name).toFixed(0).padStart(8)}${cpu.toFixed(1).padStart(16)}` +
        `${times('bare').padStart(12)}${times('reference').padStart(15)}   (${Math.min(...spread)} to ${Math.max(...spread)})`,
    );
  }
  const { bare, reference } = AIMS[what];
  console.log(`aim of ours: ${bare}x bare, ${reference}x the reference`);
}

const megabytes = (bytes) => (bytes / 2 ** 20).toFixed(1).padStart(8);

async function endure({ contender }) {
  console.log(
    `\nmemory over ${ENDURE} events, sent and handled by one application (MB, after collection)`,
  );
  console.log('  events       rss    heap  buffers');
  const run = {
    what: 'endure',
    topic: 'endure',
    group: 'endure',
    n: ENDURE,
    parts: 10,
    maxLen: 40_000,
  };
  const { series, counts } = await contender.ask(run);
  for (const { events, rss, heapUsed, arrayBuffers } of series)
    console.log(
      `${String(events).padStart(8)}${[rss, heapUsed, arrayBuffers].map(megabytes).join(' ')}`,
    );
  console.log(
    `sent ${counts.sent}, handled ${counts.handled}, failed ${counts.failed}, lost ${counts.lost}`,
  );
}

try {
  const fill = { what: 'produce', topic: 'filled', n: EVENTS, maxLen: MAX_LEN };
  await field[0].contender.ask(fill);
  // Round 0 warms up and does not count.
  for (const what of ['produce', 'consume'])
    for (let round = 0; round <= ROUNDS; round++)
      for (const one of field) {
        const measured = await turn(what, one, `${what}-${round}`);
        if (round > 0) results.get(one.name)[what].push(measured);
      }
  for (const what of ['produce', 'consume']) report(what);
  const enduring = field.find(({ name }) => name === 'ours');
  if (enduring && ENDURE > 0) await endure(enduring);
} finally {
  for (const { contender } of field) await contender.end();
  client.disconnect();
  await redis.stop();
}
