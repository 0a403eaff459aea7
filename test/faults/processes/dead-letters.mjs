// An application whose handler fails at every third event, which becomes a dead letter, or that redrives such letters. It
// writes `handled number`, `letter number`, `redriven number result` and `ready`, and kills itself just after the broker has
// the letter number `killAtLetter` of its life or the closing number `killAtClosing`, or before it closes the letter number
// `killBeforeClosing`. Argument: JSON, see
// driver/letter-kills.ts.
import 'reflect-metadata';
import { ConsoleLogger, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

const config = JSON.parse(process.argv[2]);
const { EventBusModule, EventBusStatus, OnOpenEdxEvent, withoutConsuming } = await import(
  `${config.lib}index.js`
);
const { DeadLetters } = await import(`${config.lib}dead-letters/index.js`);
const { [config.transport.factory]: transportOf } = await import(
  `${config.lib}${config.transport.module}`
);
const say = (line) => process.stdout.write(`${line}\n`);
const die = () => process.kill(process.pid, 'SIGKILL');

/** The real transport, which is killed at the moment that is asked for. */
function transport(options) {
  const factory = transportOf(options);
  let [letters, closings] = [0, 0];
  const killing = async (host) => {
    const parts = await factory(host);
    const { transport: real } = parts;
    const publish = real.publish.bind(real);
    real.publish = async (records, ...others) => {
      const outcomes = await publish(records, ...others);
      const isLetter = records[0]?.attributes.some(([name]) => name === 'openedx.dlq.id');
      if (isLetter && outcomes[0].status === 'sent' && ++letters === config.killAtLetter) die();
      return outcomes;
    };
    const store = real.deadLetters;
    const close = store.close.bind(store);
    store.close = async (...args) => {
      if (++closings === config.killBeforeClosing) die();
      await close(...args);
      if (closings === config.killAtClosing) die();
    };
    return parts;
  };
  return Object.assign(killing, factory);
}

class Third {
  take(data) {
    const { lms_user_id: number } = data.redemption;
    if (number % 3 === 0 && !config.cured) throw new Error('every third fails');
    say(`handled ${number}`);
  }
}
OnOpenEdxEvent(config.type, { topic: config.topic, group: config.group, id: 'third' })(
  Third.prototype,
  'take',
  Object.getOwnPropertyDescriptor(Third.prototype, 'take'),
);
Injectable()(Third);

class Application {}
Module({
  imports: [
    EventBusModule.forRoot({
      transport: transport(config.transport.options),
      retry: { attempts: 1 },
      onFailure: 'deadLetter',
      ...config.bus,
    }),
  ],
  providers: [Third],
})(Application);

const create = () =>
  NestFactory.createApplicationContext(Application, {
    logger: new ConsoleLogger({ json: true, logLevels: ['error', 'warn'] }),
    abortOnError: false,
  });
const numberOf = async (letters, letter) => (await letters.data(letter)).redemption.lms_user_id;
if (config.redrives) {
  const app = await withoutConsuming(create);
  const letters = app.get(DeadLetters);
  say('ready');
  for await (const { letter, result } of letters.redrive({ topic: config.topic }))
    say(`redriven ${await numberOf(letters, letter)} ${result}`);
  await app.close();
  say('closed');
} else if (config.lists) {
  const app = await withoutConsuming(create);
  const letters = app.get(DeadLetters);
  for await (const letter of letters.all({ topic: config.topic }))
    say(`letter ${await numberOf(letters, letter)} ${letter.id}`);
  await app.close();
} else {
  const app = await create();
  const status = app.get(EventBusStatus);
  say('ready');
  const timer = setInterval(() => {
    const { counts, sources } = status.snapshot();
    const inFlight = sources.reduce((sum, source) => sum + source.inFlight, 0);
    say(`counts ${counts.handled} ${counts.deadLettered} ${inFlight}`);
  }, 50);
  process.on('SIGTERM', async () => {
    clearInterval(timer);
    await app.close();
    say('closed');
  });
}
