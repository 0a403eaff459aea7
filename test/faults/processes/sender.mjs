// An application that sends numbered events and writes `> number` before the first try of each, `! number` before each
// further try and `+ number` once the broker has confirmed it. Of each key one event is on its way at a time, and it is
// published again, with the same id, until it is confirmed. At SIGUSR2 the application begins anew: nothing is in its
// caches. At SIGHUP it sends nothing more, writes `= quiet` once all that is on its way is confirmed, begins anew, and goes on
// at the next SIGHUP. With `config.beside` every so many-th event goes to further topics too, of which nobody hears what became. At
// SIGPIPE `config.burst` events are sent to another topic at once; then it writes `# lines rejected`, with the lines of
// errors in its log since the start. Argument: JSON, see driver/process-plans.ts.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { setTimeout as sleep } from 'node:timers/promises';

const config = JSON.parse(process.argv[2]);
const { EventBusModule, EventBusProducer } = await import(`${config.lib}index.js`);
const { [config.transport.factory]: transport } = await import(
  `${config.lib}${config.transport.module}`
);
const CONTENT_KEY = 'course-v1:edX+DemoX+Demo_Course';
const options = { topic: config.topic, keyField: 'redemption.subsidy_identifier' };

let application = await start();
let renewing;
let errorLines = 0;
let pause;
let quiet;
let onTheirWay = config.keys;
process.on('SIGHUP', () => (pause ? pause.end() : void (quiet = beQuiet())));
process.on('SIGPIPE', () => void burst());
process.on('SIGUSR2', () => (renewing ??= renew().finally(() => (renewing = undefined))));
let began = performance.now();

await Promise.all(Array.from({ length: config.keys }, (_, key) => sendAllOf(key)));
process.stdout.write('done\n');
await Promise.all([renewing, quiet]);
await application.app.close();

async function start() {
  class Application {}
  Module({
    imports: [
      EventBusModule.forRoot({
        transport: transport(config.transport.options),
        serviceName: 'faults',
        auditLogging: false,
        sendTimeout: 3_000,
        logger: { log() {}, debug() {}, warn() {}, error: () => void errorLines++ },
      }),
    ],
  })(Application);
  const app = await NestFactory.createApplicationContext(Application, { logger: false });
  return { app, producer: app.get(EventBusProducer, { strict: false }) };
}

/** Each key stops before its next event; the last one tells. Afterwards events are as far apart as before. */
async function beQuiet() {
  const since = performance.now();
  pause = {};
  pause.over = new Promise((resolve) => (pause.end = resolve));
  const allStopped = new Promise((resolve) => (pause.allStopped = resolve));
  if (onTheirWay > 0) await allStopped;
  await renew();
  process.stdout.write('= quiet\n');
  await pause.over;
  began += performance.now() - since;
  pause = undefined;
}

async function waitWhileQuiet() {
  if (!pause) return;
  if (--onTheirWay === 0) pause.allStopped();
  await pause.over;
  onTheirWay++;
}

async function renew() {
  const before = application;
  application = await start();
  await before.app.close();
}

async function burst() {
  const redemption = { subsidy_identifier: 'burst', content_key: CONTENT_KEY, lms_user_id: 0 };
  const to = { ...options, topic: `burst-${config.topic}` };
  const sends = Array.from({ length: config.burst }, () =>
    application.producer.send(config.type, { redemption }, to),
  );
  const ends = await Promise.allSettled(sends);
  // What is told once a second.
  await sleep(1_500);
  const rejected = ends.filter(({ status }) => status === 'rejected').length;
  process.stdout.write(`# ${errorLines} ${rejected}\n`);
}

function sendBeside(number, redemption) {
  const { topics = [], every = 1 } = config.beside ?? {};
  if (number % every !== 0) return;
  for (const topic of topics)
    application.producer.emit(config.type, { redemption }, { ...options, topic });
}

async function sendAllOf(key) {
  for (let number = key; number < config.count; number += config.keys) {
    const early = began + (number * 1_000) / config.perSecond - performance.now();
    if (early > 1) await sleep(early);
    await waitWhileQuiet();
    const redemption = {
      subsidy_identifier: `key-${key}`,
      content_key: CONTENT_KEY,
      lms_user_id: number,
    };
    const [prepared] = application.producer.prepare(config.type, { redemption }, options);
    sendBeside(number, redemption);
    process.stdout.write(`> ${number}\n`);
    while (!(await isConfirmed(prepared))) {
      process.stdout.write(`! ${number}\n`);
      await sleep(20);
    }
    process.stdout.write(`+ ${number}\n`);
  }
  if (--onTheirWay === 0) pause?.allStopped();
}

async function isConfirmed(prepared) {
  try {
    await application.producer.publish(prepared);
    return true;
  } catch {
    return false;
  }
}
