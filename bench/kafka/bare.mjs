// The floor: kafkajs and avsc with nothing around them. No check, no receipt kept, no retry, no order of failure. What is
// asked of the broker is the same as in our application: idempotent sends to all replicas, one commit at a time.
//   bare.mjs BROKERS SCHEMA_JSON SCHEMA_ID
import avro from 'avsc';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { answerRuns, enrolment, fromFirstToLast, inWaves } from '../common/measuring.mjs';
import { latencies } from './latencies.mjs';

const [brokers, schema, schemaId] = process.argv.slice(2);
const EVENT_TYPE = 'org.openedx.learning.course.enrollment.created.v1';
const type = avro.Type.forSchema(JSON.parse(schema));
const string = avro.Type.forSchema('string');
const host = hostname();
const kafka = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING });
/** As the reference writes it. */
const now = () => `${new Date().toISOString().slice(0, 23)}000+00:00`;

function frame(body) {
  const framed = Buffer.allocUnsafe(5 + body.length);
  framed[0] = 0;
  framed.writeUInt32BE(Number(schemaId), 1);
  body.copy(framed, 5);
  return framed;
}

const messageOf = (data) => ({
  key: frame(string.toBuffer(data.enrollment.course.course_key)),
  value: frame(type.toBuffer(data)),
  headers: {
    ce_specversion: '1.0',
    'content-type': 'application/avro',
    ce_datacontenttype: 'application/avro',
    ce_type: EVENT_TYPE,
    ce_id: randomUUID(),
    ce_source: 'openedx/bench/web',
    ce_time: now(),
    ce_minorversion: '0',
    sourcehost: host,
    sourcelib: '11.3.0',
  },
});

async function withProducer(work) {
  const createPartitioner = Partitioners.DefaultPartitioner;
  const producer = kafka.producer({ idempotent: true, createPartitioner });
  await producer.connect();
  try {
    return await work((topic, messages) =>
      producer.sendBatch({ acks: -1, topicMessages: [{ topic, messages }] }),
    );
  } finally {
    await producer.disconnect();
  }
}

const produce = ({ topic, n }) =>
  withProducer((send) =>
    inWaves(n, async (count) => {
      const messages = [];
      for (let i = 0; i < count; i++) messages.push(messageOf(enrolment));
      await send(topic, messages);
    }),
  );

/** Calls `handle` for each event of the topic while `work` is under way. */
async function withConsumer({ topic, group }, handle, work) {
  const consumer = kafka.consumer({ groupId: group, maxWaitTimeInMs: 100 });
  const settled = new Map();
  let committing;
  const commit = async () => {
    while (settled.size > 0) {
      const offsets = [...settled].map(([partition, offset]) => ({ topic, partition, offset }));
      settled.clear();
      await consumer.commitOffsets(offsets);
    }
    committing = undefined;
  };
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    eachBatch: async ({ batch, resolveOffset }) => {
      for (const message of batch.messages) {
        const event = {};
        for (const name in message.headers) event[name] = message.headers[name].toString();
        event.data = type.fromBuffer(message.value.subarray(5));
        handle(event.data);
      }
      resolveOffset(batch.lastOffset());
      settled.set(batch.partition, String(Number(batch.lastOffset()) + 1));
      committing ??= commit();
    },
  });
  try {
    return await work();
  } finally {
    await committing;
    await consumer.disconnect();
  }
}

const consume = ({ n, ...run }) =>
  fromFirstToLast(n, (handle, done) => withConsumer(run, handle, () => done));

const latency = (run) =>
  withProducer((send) =>
    latencies(
      run,
      (data) => send(run.topic, [messageOf(data)]),
      (handle, work) => withConsumer(run, handle, work),
    ),
  );

await answerRuns({ produce, consume, latency });
