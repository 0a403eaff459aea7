// npm run test:letters [-- [kafka|redis] [--count 1000000]]
// Lists as many open letters as that in a process of its own, and prints how much memory that takes above the idle process.
// Exit code 1 where a letter is missing, or it takes more than 64 MB.
import { spawn } from 'node:child_process';
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const MOST_MB = 64;
const BROKERS = ['redis', 'kafka'];
const TOPIC = 'dev-login-crm-dlq';
const PER_CALL = 5_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: 'string', default: '1000000' },
    alone: { type: 'string' },
    address: { type: 'string' },
  },
});
const count = Number(values.count);
register('../services/typescript-loader.mjs', import.meta.url);

if (values.alone) await list(values.alone, values.address);
else
  for (const name of positionals.length > 0 ? positionals : BROKERS) {
    if (!BROKERS.includes(name)) throw new Error(`No broker is called ${name}: ${BROKERS.join()}`);
    const { stop, address } = await start(name);
    try {
      await fill(name, address);
      if ((await inProcessOfItsOwn(name, address)) !== 0) process.exitCode = 1;
    } finally {
      await stop();
    }
  }

async function start(name) {
  if (name === 'redis') {
    const { startRedis } = await import('../services/redis.ts');
    const server = await startRedis();
    return { stop: () => server.stop(), address: server.url };
  }
  const { startKafka } = await import('../services/kafka.ts');
  const cluster = await startKafka();
  return { stop: () => cluster.stop(), address: cluster.bootstrap.plaintext };
}

async function open(name, address) {
  const host = {
    bus: 'letters',
    setting: () => undefined,
    logger: { log() {}, warn: console.warn, error: console.error, debug() {} },
  };
  const { redisTransport } = await import('../../lib/transport/redis/index.ts');
  const { kafkaTransport } = await import('../../lib/transport/kafka/index.ts');
  const factory =
    name === 'redis'
      ? redisTransport({ url: address })
      : kafkaTransport({
          brokers: address.split(','),
          schemaRegistry: { url: 'http://127.0.0.1:9' },
        });
  const { transport } = await factory(host);
  await transport.connect(Date.now() + 60_000);
  return transport;
}

async function fill(name, address) {
  const began = performance.now();
  const transport = await open(name, address);
  const wanted = { name: TOPIC, source: 'dev-login', create: true, retentionMs: null };
  await transport.deadLetters.prepare(wanted);
  const value = Buffer.alloc(200, 'x');
  const attributes = [
    ['event_data', value],
    ['openedx.dlq.id', Buffer.from('5c0ffee0-0000-4000-8000-000000000000')],
    ['openedx.dlq.code', Buffer.from('HANDLERS_FAILED')],
  ];
  const key = Buffer.from('key');
  const letter = { topic: TOPIC, key, attributes, value, untrimmed: true };
  for (let at = 0; at < count; at += PER_CALL) {
    const letters = Array.from({ length: Math.min(PER_CALL, count - at) }, (_, i) => {
      return { ...letter, partition: at + i };
    });
    const outcomes = await transport.publish(letters, Date.now() + 120_000);
    for (const outcome of outcomes) if (outcome.status !== 'sent') throw outcome.error;
  }
  await transport.close(Date.now() + 10_000);
  console.log(`${name}: ${count} letters written in ${seconds(began)} s`);
}

async function inProcessOfItsOwn(name, address) {
  const file = fileURLToPath(import.meta.url);
  const args = ['--expose-gc', file, '--alone', name, '--address', address];
  const child = spawn(process.execPath, [...args, '--count', String(count)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  return new Promise((done) => child.once('exit', (exit) => done(exit ?? 1)));
}

async function list(name, address) {
  const transport = await open(name, address);
  globalThis.gc();
  const idle = process.memoryUsage.rss();
  const began = performance.now();
  let peak = idle;
  let found = 0;
  for await (const { record } of transport.deadLetters.open(TOPIC)) {
    if (record.value?.length !== 200) throw new Error('a letter is not as it was written');
    if (++found % 1_000 === 0) peak = Math.max(peak, process.memoryUsage.rss());
  }
  const mb = (bytes) => Math.round(bytes / 2 ** 20);
  console.log(
    `${name}: ${found} letters listed in ${seconds(began)} s, idle ${mb(idle)} MB, at most ${mb(peak - idle)} MB more`,
  );
  await transport.close(Date.now() + 10_000);
  if (found !== count || mb(peak - idle) > MOST_MB) process.exitCode = 1;
}

function seconds(began) {
  return ((performance.now() - began) / 1_000).toFixed(0);
}
