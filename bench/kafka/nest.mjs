// Nest's own Kafka microservice with JSON, as it comes, but for idempotent sends to all replicas: an `emit` awaited, a
// method under @EventPattern.
//   nest.mjs BROKERS
import 'reflect-metadata';
import { Controller, Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClientKafka, EventPattern, Payload, Transport } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';
import { answerRuns, enrolment, fromFirstToLast, inWaves } from '../common/measuring.mjs';
import { latencies } from './latencies.mjs';

const brokers = process.argv[2].split(',');
const client = { brokers };
// Standard output is for answers.
Logger.overrideLogger(false);

async function withClient(work) {
  const kafka = new ClientKafka({
    client,
    producerOnlyMode: true,
    producer: { idempotent: true },
    send: { acks: -1 },
  });
  await kafka.connect();
  try {
    return await work((topic, data) =>
      lastValueFrom(kafka.emit(topic, { key: data.enrollment.course.course_key, value: data })),
    );
  } finally {
    await kafka.close();
  }
}

const produce = ({ topic, n }) =>
  withClient((send) =>
    inWaves(n, (count) => {
      const sends = [];
      for (let i = 0; i < count; i++) sends.push(send(topic, enrolment));
      return Promise.all(sends);
    }),
  );

async function withServer({ topic, group }, handle, work) {
  class Enrolments {
    async enrolled(data) {
      handle(data);
    }
  }
  const { prototype } = Enrolments;
  const method = Object.getOwnPropertyDescriptor(prototype, 'enrolled');
  Payload()(prototype, 'enrolled', 0);
  EventPattern(topic)(prototype, 'enrolled', method);
  Controller()(Enrolments);
  class Application {}
  Module({ controllers: [Enrolments] })(Application);
  const app = await NestFactory.createMicroservice(Application, {
    logger: false,
    transport: Transport.KAFKA,
    options: {
      client,
      postfixId: '',
      consumer: { groupId: group, maxWaitTimeInMs: 100 },
      subscribe: { fromBeginning: true },
    },
  });
  await app.listen();
  try {
    return await work();
  } finally {
    await app.close();
  }
}

const consume = ({ n, ...run }) =>
  fromFirstToLast(n, (handle, done) => withServer(run, handle, () => done));

const latency = (run) =>
  withClient((send) =>
    latencies(
      run,
      (data) => send(run.topic, data),
      (handle, work) => withServer(run, handle, work),
    ),
  );

await answerRuns({ produce, consume, latency });
