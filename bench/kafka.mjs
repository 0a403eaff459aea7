// npm run bench:kafka [-- --events 20000] [--rounds 5] [--latency 1000] [--backlog 1000000] [--only ours] [--profile]
// On a real Kafka with a schema registry: the Python reference, bare kafkajs + avsc, Nest's own Kafka microservice with JSON,
// and this library, in turns. Ratios are of medians. "cpu" is the processor time of the contender's own process: what else
// the machine does hardly counts there.
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import { buildLib } from './build-lib.mjs';
import { median, printMemory, printRates } from './common/table.mjs';

register('../test/services/typescript-loader.mjs', import.meta.url);
const { startKafka } = await import('../test/services/kafka.ts');
const { startRegistry } = await import('../test/services/registry.ts');
const { provisionPython } = await import('../test/services/python.ts');
const { makeTopic } = await import('./kafka/make-topic.mjs');
const { Contender } = await import('./common/contender.mjs');

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '20000' },
    rounds: { type: 'string', default: '5' },
    latency: { type: 'string', default: '1000' },
    backlog: { type: 'string', default: '1000000' },
    only: { type: 'string', default: '' },
    profile: { type: 'boolean', default: false },
  },
});
const [EVENTS, ROUNDS, LATENCY, BACKLOG] = ['events', 'rounds', 'latency', 'backlog'].map((name) =>
  Number(values[name]),
);
/** The reference is slow, and so is Nest's sending: they get as many events as take them about as long. */
const FEWER = Math.max(500, Math.round(EVENTS / 10));
const LATENCY_ROUNDS = 3;
const PER_SECOND = 100;
const AIMS = {
  produce: '0.7x bare, 3x the reference',
  consume: '0.6x bare, 2x nest, 15x the reference',
};

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const library = await buildLib('.cache/bench-kafka', '.');
const { codecFor } = await import(new URL('codec/event-codec.js', library));
const { COURSE_ENROLLMENT_CREATED } = await import(new URL('events/catalog/index.js', library));
const { schema } = codecFor(COURSE_ENROLLMENT_CREATED);
const python = await provisionPython();
// Without the options for a quick start, which cost throughput.
const [kafka, registry] = await Promise.all([startKafka({ jvm: [] }), startRegistry()]);
const brokers = kafka.bootstrap.plaintext;

/** Bare kafkajs knows no registry: it is told the id under which everybody finds the schema. */
async function schemaId() {
  const subject = `filled-${COURSE_ENROLLMENT_CREATED.type}.CloudEvent`;
  const answer = await fetch(`${registry.url}/subjects/${subject}/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema, schemaType: 'AVRO' }),
  });
  if (!answer.ok) throw new Error(`the registry answered ${answer.status}`);
  return (await answer.json()).id;
}

const node = (script, ...args) => {
  const flags = ['--expose-gc'];
  if (values.profile) flags.push('--cpu-prof', `--cpu-prof-dir=${here('../.cache/profiles')}`);
  return [process.execPath, [...flags, here(`kafka/${script}`), ...args]];
};
const bus = {
  EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: brokers,
  EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL: registry.url,
};
const reference = ['-B', here('kafka/reference.py'), here('../test/interop/python')];
// avsc refuses a namespace with a hyphen.
const bare = node('bare.mjs', brokers, schema.replaceAll('-', '_'), `${await schemaId()}`);
const ours = node('ours.mjs', library.href, brokers, registry.url);
const field = [
  { name: 'bare', events: EVENTS, command: bare },
  { name: 'ours', events: EVENTS, command: ours },
  { name: 'ours, no audit log', events: EVENTS, command: ours, options: { auditLogging: false } },
  {
    name: 'nest',
    ...{ events: EVENTS, sends: FEWER, filled: 'filled-json' },
    command: node('nest.mjs', brokers),
  },
  {
    name: 'reference',
    events: FEWER,
    command: [python.program, [...python.args, ...reference, JSON.stringify(bus)]],
  },
];
for (const one of field) one.contender = new Contender(one.name, ...one.command);
const [bareClient, oursClient, , nestClient] = field;
const running = field.filter(({ name }) => name.startsWith(values.only));

const admin = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING }).admin();

async function fill({ contender }, topic, n) {
  await makeTopic(admin, topic);
  await contender.ask({ what: 'produce', topic, n });
}

async function produceTurn({ name, contender, events, sends: n = events, options }, round) {
  const topic = nameOf(name, 'produce', round);
  await makeTopic(admin, topic);
  const measured = await contender.ask({ what: 'produce', topic, group: '', n, ...options });
  const [{ high }] = await admin.fetchTopicOffsets(topic);
  if (Number(high) !== n) throw new Error(`${name}: ${high} events on the topic instead of ${n}`);
  await admin.deleteTopics({ topics: [topic] });
  return measured;
}

async function consumeTurn({ name, contender, events: n, filled = 'filled', options }, round) {
  const group = nameOf(name, 'consume', round);
  const measured = await contender.ask({ what: 'consume', topic: filled, group, n, ...options });
  const [{ partitions }] = await admin.fetchOffsets({ groupId: group, topics: [filled] });
  // The reference is stopped inside its last receiver.
  if (partitions[0].offset < n - 1)
    throw new Error(`${name}: position ${partitions[0].offset} instead of ${n}`);
  return measured;
}

const nameOf = (...parts) => parts.join('-').replaceAll(/\W+/g, '-');

async function measure(what, turn) {
  for (const one of running) one.measures = [];
  // Round 0 warms up and does not count.
  for (let round = 0; round <= ROUNDS; round++)
    for (const one of running) {
      const measured = await turn(one, round);
      if (round > 0) one.measures.push(measured);
    }
  printRates(`${what}, ${ROUNDS} rounds`, running, ['bare', 'nest', 'reference']);
  console.log(`aim of ours: ${AIMS[what]}`);
}

async function measureLatency() {
  const those = running.filter(({ name }) => ['bare', 'ours', 'nest'].includes(name));
  console.log(`\nms from send to handler, ${PER_SECOND} events/s, ${LATENCY_ROUNDS} rounds`);
  console.log(`${''.padEnd(30)}     p50     p99     max`);
  for (const one of those) one.measures = [];
  for (let round = 0; round < LATENCY_ROUNDS; round++)
    for (const one of those) {
      const [topic, group] = [
        nameOf('latency', one.name, round),
        nameOf(one.name, 'latency', round),
      ];
      await makeTopic(admin, topic);
      const run = { what: 'latency', topic, group, n: LATENCY, everyMs: 1_000 / PER_SECOND };
      one.measures.push(await one.contender.ask(run));
    }
  for (const { name, measures } of those) {
    const of = (key) =>
      median(measures.map((measured) => measured[key]))
        .toFixed(1)
        .padStart(8);
    console.log(`${name.padEnd(30)}${of('p50')}${of('p99')}${of('max')}`);
  }
}

async function measureBacklog() {
  await fill(bareClient, 'backlog', BACKLOG);
  const run = { what: 'backlog', topic: 'backlog', group: 'backlog', n: BACKLOG, parts: 10 };
  const { series, counts } = await oursClient.contender.ask(run);
  printMemory(`our application, ${BACKLOG} events behind (MB after collection)`, series, {
    'events/s': ({ rate }) => rate.toFixed(0),
    'cpu µs/event': ({ cpuMicros }) => cpuMicros.toFixed(1),
  });
  console.log(`handled ${counts.handled}, failed ${counts.failed}, lost ${counts.lost}`);
}

try {
  await admin.connect();
  await fill(bareClient, 'filled', EVENTS);
  await fill(nestClient, 'filled-json', EVENTS);
  if (ROUNDS > 0) {
    await measure('produce', produceTurn);
    await measure('consume', consumeTurn);
  }
  if (LATENCY > 0) await measureLatency();
  if (BACKLOG > 0) await measureBacklog();
} finally {
  for (const { contender } of field) await contender.end();
  await admin.disconnect();
  await Promise.all([kafka.stop(), registry.stop()]);
}
