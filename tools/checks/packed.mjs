// The packed tarball, installed as a user would, works by `import` and by `require` in plain node,
// without the optional clients, runs with the one client that is used, and stays small.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
// Outside the project: nothing may be resolved from its node_modules but the peers linked below.
const home = mkdtempSync(join(tmpdir(), 'packed-'));
process.on('exit', () => rmSync(home, { recursive: true, force: true }));
const limit = 600_000;

mkdirSync(join(home, 'node_modules', 'nestjs-openedx-event-bus'), { recursive: true });
execFileSync('npm', ['pack', '--pack-destination', home], { cwd: root, stdio: 'pipe' });
const tarball = join(
  home,
  readdirSync(home).find((name) => name.endsWith('.tgz')),
);
const size = statSync(tarball).size;
if (size >= limit) throw new Error(`npm pack: ${size} bytes, allowed are ${limit}`);
execFileSync('tar', [
  'xzf',
  tarball,
  '--strip-components=1',
  '-C',
  join(home, 'node_modules', 'nestjs-openedx-event-bus'),
]);
// Peers as npm would put them beside it; ioredis and kafkajs are left out on purpose.
for (const peer of ['@nestjs', 'avsc', 'commander', 'reflect-metadata', 'rxjs']) link(peer);

const exported = {
  '': ['EventBusModule', 'EventBusProducer', 'OnOpenEdxEvent', 'UnrecoverableError'],
  events: ['CERTIFICATE_CREATED', 'CourseKey', 'PLATFORM_TOPICS'],
  schema: ['defineEvent', 'string', 'codecFor'],
  transport: ['monotonicNow'],
  memory: ['memoryTransport', 'MemoryBroker'],
  redis: ['redisTransport'],
  kafka: ['kafkaTransport'],
  cli: ['runEventBusCli'],
  'dead-letters': ['DeadLetters', 'InjectDeadLetters', 'getDeadLettersToken'],
  idempotency: ['OnceUnavailableError'],
  health: [],
  terminus: ['EventBusHealthIndicator'],
  testing: ['describeTransport', 'EventBusTestKit', 'eventBusMatchers', 'sampleOf'],
};
const specifier = (path) => `nestjs-openedx-event-bus${path && `/${path}`}`;
const loaded = (load) =>
  `{ ${Object.keys(exported)
    .map((path) => `'${path}': ${load}('${specifier(path)}')`)
    .join(', ')} }`;
const use = `
  const exported = ${JSON.stringify(exported)};
  const missing = Object.entries(exported).flatMap(([path, names]) =>
    names.filter((name) => typeof entries[path][name] === 'undefined').map((name) => path + ' ' + name));
  if (missing.length) throw new Error('not exported: ' + missing);
  const { redis, kafka } = entries;
  const quiet = () => undefined;
  const host = { bus: 'b', setting: quiet, logger: { log: quiet, warn: quiet, error: quiet, debug: quiet } };
  const needs = (peer, factory) => Promise.resolve().then(() => factory(host)).then(
    () => { throw new Error('a transport worked without ' + peer); },
    (error) => { if (error.code !== 'MISSING_PEER' || !error.message.includes('npm install ' + peer)) throw error; },
  );
  needs('ioredis', redis.redisTransport({ url: 'redis://127.0.0.1:1' }));
  needs('kafkajs', kafka.kafkaTransport({ brokers: ['127.0.0.1:1'], schemaRegistry: { url: 'http://127.0.0.1:1' } }));
`;
const node = (args) =>
  execFileSync(process.execPath, args, { cwd: home, stdio: ['ignore', 'pipe', 'inherit'] });
node([
  '--input-type=module',
  '-e',
  `import 'reflect-metadata';
  const entries = ${loaded('await import')};
  ${use}`,
]);
node([
  '-e',
  `require('reflect-metadata');
  const entries = ${loaded('require')};
  ${use}`,
]);
// An application loads the client of its own transport only: the other one is not there.
for (const [transport, client] of [
  ['redis', 'ioredis'],
  ['kafka', 'kafkajs'],
]) {
  const unlink = link(client);
  node([
    '--input-type=module',
    '-e',
    `import 'reflect-metadata';
    const { NestFactory } = await import('@nestjs/core');
    const { EventBusModule } = await import('nestjs-openedx-event-bus');
    const bus = EventBusModule.forRoot({ connect: 'background', settings: {
      EVENT_BUS_TRANSPORT: '${transport}',
      EVENT_BUS_REDIS_CONNECTION_URL: 'redis://127.0.0.1:1',
      EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: '127.0.0.1:1',
      EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1',
    } });
    const app = await NestFactory.createApplicationContext(bus, { logger: false, abortOnError: false });
    await app.close();`,
  ]);
  unlink();
}
const bin = join(home, 'node_modules', 'nestjs-openedx-event-bus', 'dist', 'cli', 'main.js');
const line = JSON.stringify({
  event_type: 'org.openedx.learning.course.enrollment.created.v1',
  hex: '00',
});
const answer = execFileSync(process.execPath, [bin, 'decode'], {
  cwd: home,
  input: `${line}\n`,
  encoding: 'utf8',
});
if (!JSON.parse(answer).error) throw new Error(`openedx-event-bus decode answered ${answer}`);
console.log(`packed: ${size} bytes; import, require and the command work`);

function link(peer) {
  const path = join(home, 'node_modules', peer);
  symlinkSync(join(root, 'node_modules', peer), path);
  return () => rmSync(path);
}
