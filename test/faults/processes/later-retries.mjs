// An application whose handler fails at every third event each time, and at the event after it until its first later retry. It
// writes `ready`, `handled number`, `failed number attempt id`, `kept id`, `early number ms` for a later retry before its time by
// the broker's stamp, and `counts ...`; and kills itself just after the broker has the record number `killAtWaiting` of its life
// that is to wait, or before it gives it the record number `killBeforeWaiting`. With `lists` it writes the open letters instead.
// Argument: JSON, see driver/later-retry-runs.ts.
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
/** By the clock of the machine, which is that of the broker, whatever the clock of this process says. */
const trueNow = () => Date.now() - (config.clockAheadMs ?? 0);
const textOf = ({ attributes }, name) =>
  String(attributes.find(([one]) => one === `openedx.retry.${name}`)?.[1] ?? '');
const keyOf = ({ topic, partition, offset }) => `${topic}/${partition}/${offset}`;

/** When the records that wait are due by the broker's stamps, by where they were: one may wait twice after a kill. */
const due = new Map();
function dueFirst(place) {
  const times = due.get(place) ?? new Set();
  const first = Math.min(...times);
  times.delete(first);
  return first;
}

/** The real transport, which is killed at the moment that is asked for, and notes what waits. */
function transport(options) {
  const factory = transportOf(options);
  let [before, waiting] = [0, 0];
  const killing = async (host) => {
    const parts = await factory(host);
    const { transport: real } = parts;
    const publish = real.publish.bind(real);
    real.publish = async (records, ...others) => {
      const waits = records.some((record) => textOf(record, 'handlers') !== '');
      if (waits && ++before === config.killBeforeWaiting) die();
      const outcomes = await publish(records, ...others);
      if (waits && outcomes[0].status === 'sent' && ++waiting === config.killAtWaiting) die();
      return outcomes;
    };
    const subscribe = real.subscribe.bind(real);
    real.subscribe = (wanted, sink) => {
      const deliver = sink.deliver.bind(sink);
      sink.deliver = (batch) => {
        for (const { record } of batch) {
          if (textOf(record, 'handlers') === '') continue;
          const delay = config.delays[Number(textOf(record, 'round')) - 1];
          const at = { topic: textOf(record, 'topic'), partition: textOf(record, 'partition') };
          const place = keyOf({ ...at, offset: textOf(record, 'offset') });
          const key = `${place} ${textOf(record, 'attempt')}`;
          due.set(key, (due.get(key) ?? new Set()).add(record.brokerTime + delay));
        }
        return deliver(batch);
      };
      return subscribe(wanted, sink);
    };
    return parts;
  };
  return Object.assign(killing, factory);
}

class Third {
  take(data, { attempt, position, metadata }) {
    const { lms_user_id: number } = data.redemption;
    if (attempt > 1) {
      const earlyBy = dueFirst(`${keyOf(position)} ${attempt - 1}`) - trueNow();
      if (earlyBy > 0) say(`early ${number} ${earlyBy}`);
    }
    const fails = number % 3 === 0 || (number % 3 === 1 && attempt === 1);
    if (fails) {
      say(`failed ${number} ${attempt} ${metadata.id}`);
      throw new Error('every third fails');
    }
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
      // A release that knows no later retries has no option for them.
      retry: { attempts: 1, ...(config.isOlder ? {} : { later: config.delays }) },
      onFailure: 'deadLetter',
      onDeadLetter: ({ metadata }) => say(`kept ${metadata?.id}`),
      maxDeliveries: 1_000,
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
if (config.lists) {
  const app = await withoutConsuming(create);
  const letters = app.get(DeadLetters);
  for await (const letter of letters.all({ topic: config.topic }))
    say(`letter ${(await letters.data(letter)).redemption.lms_user_id} ${letter.id}`);
  await app.close();
} else {
  const app = await create();
  const status = app.get(EventBusStatus);
  say('ready');
  const timer = setInterval(() => {
    const { counts, sources } = status.snapshot();
    const inFlight = sources.reduce((sum, source) => sum + source.inFlight, 0);
    say(`counts ${counts.handled} ${counts.retriedLater} ${counts.deadLettered} ${inFlight}`);
  }, 100);
  process.on('SIGTERM', async () => {
    clearInterval(timer);
    await app.close();
    say('closed');
  });
}
