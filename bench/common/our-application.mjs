// A real Nest application with this library, its checks and its audit log on, as it comes.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { closeSync, openSync, writeSync } from 'node:fs';
import { devNull } from 'node:os';
import { enrolment, fromFirstToLast, inWaves, stopwatch } from './measuring.mjs';

/** Log lines with an epoch time, as quick loggers write them, to the null device, as in the Python reference's run. */
class LineLog {
  #file = openSync(devNull, 'w');
  #text = '';
  log = (message, ...context) => {
    this.#text += `${Date.now()} ${context.at(-1)} ${message}\n`;
    if (this.#text.length < 16_384) return;
    writeSync(this.#file, this.#text);
    this.#text = '';
  };
  debug = this.log;
  warn = (message) => console.error(message);
  error = (message) => {
    // Those of handlers that fail on purpose.
    if (/every event fails/.test(message)) this.log(message, 'error');
    else console.error(message);
  };
  end = () => closeSync(this.#file);
}

/**
 * Applications of one library (the address of its folder), each on the transport that `transportOf(run)` gives. A run that is
 * `idempotent` has its marks in the store that `storeOf()` gives.
 */
export class OurApplications {
  #library;
  #address;
  #transportOf;
  #storeOf;

  static async of(library, transportOf, storeOf) {
    const [root, events] = await Promise.all(
      ['index.js', 'events/catalog/index.js'].map((path) => import(new URL(path, library))),
    );
    return new OurApplications({ ...events, ...root }, { transportOf, storeOf, address: library });
  }

  constructor(library, { transportOf, storeOf, address }) {
    this.#storeOf = storeOf;
    this.#library = library;
    this.#address = address;
    this.#transportOf = transportOf;
  }

  /** Starts one with handlers, resolves with what `work` gives once the application is closed again. */
  async with({ telemetry: wanted, ...run }, handlers, work) {
    class Application {}
    const telemetry = wanted && (await this.#telemetryOf(wanted));
    Module({ imports: [this.#bus({ ...run, telemetry })], providers: handlers })(Application);
    const logger = new LineLog();
    const app = await NestFactory.createApplicationContext(Application, { logger });
    try {
      return await work(app);
    } finally {
      await app.close();
      logger.end();
    }
  }

  /** A provider whose decorated method is called for each event. */
  handlerOf({ topic, group, idempotent }, handle) {
    class Enrolments {
      async enrolled(data, context) {
        handle(data, context);
      }
    }
    const { OnOpenEdxEvent, COURSE_ENROLLMENT_CREATED } = this.#library;
    const { prototype } = Enrolments;
    const method = Object.getOwnPropertyDescriptor(prototype, 'enrolled');
    const options = { topic, group, ...(idempotent && { id: 'bench', idempotent }) };
    OnOpenEdxEvent(COURSE_ENROLLMENT_CREATED, options)(prototype, 'enrolled', method);
    return Enrolments;
  }

  /** Sends one event, resolves with its receipt. */
  senderOf(app) {
    const { EventBusProducer, COURSE_ENROLLMENT_CREATED } = this.#library;
    const producer = app.get(EventBusProducer);
    return async (data = enrolment) => {
      const { receipts } = await producer.send(COURSE_ENROLLMENT_CREATED, data);
      return receipts[0];
    };
  }

  /** Sends so many events at once, of `users` users, resolves when each has its receipt. */
  waveOf(app, users = 1) {
    const { EventBusProducer, COURSE_ENROLLMENT_CREATED } = this.#library;
    const producer = app.get(EventBusProducer);
    return async (count) => {
      const sends = [];
      for (let i = 0; i < count; i++)
        sends.push(producer.send(COURSE_ENROLLMENT_CREATED, enrolmentOf(i % users)));
      const results = await Promise.all(sends);
      if (!results.every(({ receipts: [{ position }] }) => position.offset))
        throw new Error('no receipt');
    };
  }

  countsOf(app) {
    return app.get(this.#library.EventBusStatus).snapshot().counts;
  }

  produce = (run) => this.with(run, [], (app) => inWaves(run.n, this.waveOf(app, run.users)));

  /** From the first to the last call of the handler. */
  consume = (run) =>
    fromFirstToLast(run.n, (handle, done) =>
      this.with(run, [this.handlerOf(run, handle)], () => done),
    );

  /** Every event fails and becomes a dead letter: from the first call of the handler to the last letter, with memory. */
  letters = async (run) => {
    let stop;
    let kept = 0;
    let finish;
    const done = new Promise((resolve) => (finish = resolve));
    const series = [];
    const look = () => {
      globalThis.gc();
      const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
      series.push({ events: kept, rss, heapUsed, arrayBuffers });
    };
    const failing = this.handlerOf(run, () => {
      stop ??= stopwatch();
      throw new Error('every event fails');
    });
    const onDeadLetter = () => {
      kept++;
      if (kept % Math.ceil(run.n / 5) === 0) look();
      if (kept === run.n) finish(stop(run.n));
    };
    const letters = { onFailure: 'deadLetter', retry: { attempts: 1 }, onDeadLetter };
    const measured = await this.with({ ...run, further: letters }, [failing], () => done);
    return { ...measured, series };
  };

  /** Loaded only where there is some. */
  async #telemetryOf(wanted) {
    const { telemetryOf } = await import('./telemetry.mjs');
    return telemetryOf(this.#address, wanted);
  }

  #bus({ topic, group, auditLogging, idempotent, telemetry, further, ...run }) {
    const { EventBusModule, COURSE_ENROLLMENT_CREATED } = this.#library;
    return EventBusModule.forRoot({
      transport: this.#transportOf(run),
      serviceName: 'bench',
      producerConfig: {
        [COURSE_ENROLLMENT_CREATED.type]: {
          [topic]: { event_key_field: 'enrollment.course.course_key', enabled: true },
        },
      },
      ...(group === undefined ? {} : { group }),
      ...(auditLogging === undefined ? {} : { auditLogging }),
      ...(idempotent && { idempotency: { store: this.#storeOf() } }),
      ...(telemetry && { telemetry }),
      ...further,
    });
  }
}

function enrolmentOf(user) {
  if (user === 0) return enrolment;
  const { enrollment } = enrolment;
  return { enrollment: { ...enrollment, user: { ...enrollment.user, id: user } } };
}
