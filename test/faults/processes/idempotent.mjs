// An application whose idempotent handler writes `effect number` for each event, and `counts handled duplicates inFlight` from
// time to time. It kills itself just after the store has confirmed the mark number `killAtMark` of its life, or, with
// `killBeforeMark`, after the effect and before that mark is asked for. Argument: JSON, see driver/mark-kills.ts.
import 'reflect-metadata';
import { ConsoleLogger, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

const config = JSON.parse(process.argv[2]);
const { EventBusModule, EventBusStatus, OnOpenEdxEvent } = await import(`${config.lib}index.js`);
const { [config.transport.factory]: transportOf } = await import(
  `${config.lib}${config.transport.module}`
);
const { redisIdempotencyStore } = await import(`${config.lib}transport/redis/index.js`);
const say = (line) => process.stdout.write(`${line}\n`);
const die = () => process.kill(process.pid, 'SIGKILL');

/** The real store, which is killed at the moment that is asked for. */
async function store(host) {
  const real = await redisIdempotencyStore({ url: config.redis })(host);
  const complete = real.complete.bind(real);
  let marks = 0;
  real.complete = async (...args) => {
    const number = ++marks;
    if (number === config.killBeforeMark) die();
    const answer = await complete(...args);
    if (number === config.killAtMark) die();
    return answer;
  };
  return real;
}

class Effects {
  take(data) {
    say(`effect ${data.redemption.lms_user_id}`);
  }
}
OnOpenEdxEvent(config.type, {
  ...{ topic: config.topic, group: config.group },
  ...{ id: 'effects', idempotent: true },
})(Effects.prototype, 'take', Object.getOwnPropertyDescriptor(Effects.prototype, 'take'));
Injectable()(Effects);

class Application {}
Module({
  imports: [
    EventBusModule.forRoot({
      transport: transportOf(config.transport.options),
      idempotency: { store, lock: '2s' },
      // Each life has few entries, and none is given up because many lives had it.
      ...{ maxInFlight: 16, maxDeliveries: 1_000_000 },
    }),
  ],
  providers: [Effects],
})(Application);

const app = await NestFactory.createApplicationContext(Application, {
  logger: new ConsoleLogger({ json: true, logLevels: ['error', 'warn'] }),
  abortOnError: false,
});
const status = app.get(EventBusStatus);
say('ready');
const timer = setInterval(() => {
  const { counts, sources } = status.snapshot();
  const inFlight = sources.reduce((sum, source) => sum + source.inFlight, 0);
  say(`counts ${counts.handled} ${counts.duplicatesSkipped} ${inFlight}`);
}, 50);
process.on('SIGTERM', async () => {
  clearInterval(timer);
  await app.close();
  say('closed');
});
