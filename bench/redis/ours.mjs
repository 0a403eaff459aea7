// A real Nest application with this library, its checks and its audit log on, as it comes.
//   ours.mjs LIBRARY REDIS_URL
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { closeSync, openSync, writeSync } from 'node:fs';
import { devNull } from 'node:os';
import { answerRuns, enrolment, inWaves, stopwatch } from './measuring.mjs';

const [library, url] = process.argv.slice(2);
const {
  EventBusModule,
  EventBusProducer,
  EventBusStatus,
  OnOpenEdxEvent,
  COURSE_ENROLLMENT_CREATED,
} = await import(new URL('index.js', library));
const { redisTransport } = await import(new URL('transport/redis/index.js', library));

/** Log lines to the null device, as in the Python reference's run. */
class LineLog {
  #file = openSync(devNull, 'w');
  #text = '';
  log = (message, ...context) => {
    this.#text += `${new Date().toISOString()} ${context.at(-1)} ${message}\n`;
    if (this.#text.length < 16_384) return;
    writeSync(this.#file, this.#text);
    this.#text = '';
  };
  debug = this.log;
  warn = (message) => console.error(message);
  error = (message) => console.error(message);
  end = () => closeSync(this.#file);
}

function busModule({ topic, group, maxLen = 10_000, auditLogging }) {
  return EventBusModule.forRoot({
    transport: redisTransport({ url, streamMaxLen: maxLen, consumerName: 'ours' }),
    serviceName: 'bench',
    producerConfig: {
      [COURSE_ENROLLMENT_CREATED.type]: {
        [topic]: { event_key_field: 'enrollment.course.course_key', enabled: true },
      },
    },
    ...(group === undefined ? {} : { group }),
    ...(auditLogging === undefined ? {} : { auditLogging }),
  });
}

async function withApplication(options, providers, run) {
  class Application {}
  Module({ imports: [busModule(options)], providers })(Application);
  const logger = new LineLog();
  const app = await NestFactory.createApplicationContext(Application, { logger });
  try {
    return await run(app);
  } finally {
    await app.close();
    logger.end();
  }
}

/** A provider whose decorated method is called for each event. */
function handlerOf(topic, group, handle) {
  class Enrolments {
    async enrolled(data, context) {
      handle(data, context);
    }
  }
  const { prototype } = Enrolments;
  const method = Object.getOwnPropertyDescriptor(prototype, 'enrolled');
  OnOpenEdxEvent(COURSE_ENROLLMENT_CREATED, { topic, group })(prototype, 'enrolled', method);
  return Enrolments;
}

const waveOf = (producer) => async (count) => {
  const sends = [];
  for (let i = 0; i < count; i++) sends.push(producer.send(COURSE_ENROLLMENT_CREATED, enrolment));
  const results = await Promise.all(sends);
  if (!results.every(({ receipts: [{ position }] }) => position.offset))
    throw new Error('no receipt');
};

const produce = (options) =>
  withApplication(options, [], (app) => inWaves(options.n, waveOf(app.get(EventBusProducer))));

async function consume(options) {
  const { topic, group, n } = options;
  let seen = 0;
  let stop;
  let finish;
  const done = new Promise((resolve) => (finish = resolve));
  const Enrolments = handlerOf(topic, group, (data) => {
    stop ??= stopwatch();
    if (data.enrollment.is_active) seen++;
    if (seen === n) finish(stop(n));
  });
  return withApplication(options, [Enrolments], () => done);
}

/** One application that sends to itself; memory after each part, once the garbage is collected. */
async function endure(options) {
  const { topic, group, n, parts } = options;
  const series = [];
  let sent = 0;
  let seen = 0;
  let caughtUp = () => undefined;
  const Enrolments = handlerOf(topic, group, () => {
    seen++;
    if (seen === sent) caughtUp();
  });
  return withApplication(options, [Enrolments], async (app) => {
    const wave = waveOf(app.get(EventBusProducer));
    for (let part = 0; part <= parts; part++) {
      if (part > 0)
        await inWaves(n / parts, async (count) => {
          sent += count;
          await wave(count);
          while (sent - seen > options.maxLen / 4) await new Promise((go) => setTimeout(go, 5));
        });
      if (seen < sent) await new Promise((resolve) => (caughtUp = resolve));
      // The last event is counted as handled once its handler has returned.
      await new Promise(setImmediate);
      globalThis.gc();
      const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
      series.push({ events: seen, rss, heapUsed, external, arrayBuffers });
    }
    return { series, counts: app.get(EventBusStatus).snapshot().counts };
  });
}

await answerRuns({ produce, consume, endure });
