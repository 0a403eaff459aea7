// npm run test:applications [-- NAME …] [--on redis|kafka]
// Each application with the packed package, on a real Redis and a real Kafka. Exit code 1 where one failed.
import { rm } from 'node:fs/promises';
import { register } from 'node:module';
import { dirname } from 'node:path';
import { isDeepStrictEqual, parseArgs } from 'node:util';

register('../services/typescript-loader.mjs', import.meta.url);
const { Application, applicationNames, pack } = await import('./application.ts');

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { on: { type: 'string', multiple: true, default: ['redis', 'kafka'] } },
});
const names = positionals.length > 0 ? positionals : await applicationNames();
const brokers = await Promise.all(values.on.map(brokerOf));
let failures = 0;
try {
  const tarball = await pack();
  for (const name of names) await check(name, tarball);
  await rm(dirname(tarball), { recursive: true });
} finally {
  await Promise.all(brokers.map(({ stop }) => stop()));
}
console.log(`${names.length} applications, ${failures} failures`);
process.exit(failures > 0 ? 1 : 0);

async function check(name, tarball) {
  let application;
  try {
    application = await Application.make(name, tarball);
  } catch (error) {
    return failed(name, 'build', error);
  }
  for (const { on, settings } of brokers)
    try {
      const results = await application.run(settings);
      for (const [command, result] of Object.entries(results))
        if (isDeepStrictEqual(result, application.result))
          console.log(`${name} on ${on}, ${command}: passed`);
        else failed(name, `${on}, ${command}`, new Error(JSON.stringify(result)));
    } catch (error) {
      failed(name, on, error);
    }
  await application.remove();
}

function failed(name, where, { message }) {
  failures++;
  console.error(`${name} on ${where}: failed: ${message}`);
}

async function brokerOf(on) {
  if (on === 'redis') {
    const { startRedis } = await import('../services/redis.ts');
    const { url, stop } = await startRedis();
    const settings = { EVENT_BUS_TRANSPORT: 'redis', EVENT_BUS_REDIS_CONNECTION_URL: url };
    return { on, stop, settings };
  }
  const { startKafka } = await import('../services/kafka.ts');
  const { startRegistry } = await import('../services/registry.ts');
  const [kafka, registry] = await Promise.all([startKafka(), startRegistry()]);
  return {
    on,
    settings: {
      EVENT_BUS_TRANSPORT: 'kafka',
      EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: kafka.bootstrap.plaintext,
      EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL: registry.url,
    },
    stop: () => Promise.all([kafka.stop(), registry.stop()]),
  };
}
