// The floor: ioredis and avsc with nothing around them. No check, no receipt kept, no retry, no order of failure.
//   bare.mjs REDIS_URL SCHEMA_JSON
import avro from 'avsc';
import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { answerRuns, enrolment, inWaves, stopwatch, WAVE } from '../common/measuring.mjs';

const [url, schema] = process.argv.slice(2);
const EVENT_TYPE = 'org.openedx.learning.course.enrollment.created.v1';
const type = avro.Type.forSchema(JSON.parse(schema));
const redis = new Redis(url);
const host = hostname();
/** As the reference writes it. */
const now = () => `${new Date().toISOString().slice(0, 23)}000+00:00`;

async function produce({ topic, n, maxLen }) {
  return inWaves(n, async (count) => {
    const pipeline = redis.pipeline();
    for (let i = 0; i < count; i++)
      pipeline.xadd(
        ...[topic, 'MAXLEN', '~', maxLen, '*', 'type', EVENT_TYPE, 'id', randomUUID()],
        ...['source', 'openedx/bench/web', 'time', now(), 'minorversion', 0],
        ...['sourcehost', host, 'sourcelib', '11.3.0', 'event_data', type.toBuffer(enrolment)],
      );
    for (const [error] of await pipeline.exec()) if (error) throw error;
  });
}

async function consume({ topic, group, n }) {
  await redis.xgroup('CREATE', topic, group, '0');
  let seen = 0;
  let stop;
  const handle = (data) => {
    if (data.enrollment.is_active) seen++;
  };
  while (seen < n) {
    const args = ['GROUP', group, 'bare', 'COUNT', WAVE, 'BLOCK', 5_000, 'STREAMS', topic, '>'];
    // A map reply: nested in RESP2, flat in RESP3.
    const reply = await redis.callBuffer('XREADGROUP', ...args);
    const [, entries] = reply.length === 1 ? reply[0] : reply;
    stop ??= stopwatch();
    for (const [, fields] of entries) {
      const event = {};
      for (let i = 0; i < fields.length - 2; i += 2) event[fields[i]] = fields[i + 1].toString();
      event.data = type.fromBuffer(fields.at(-1));
      handle(event.data);
    }
    await redis.xack(topic, group, ...entries.map(([id]) => id));
  }
  return stop(seen);
}

await answerRuns({ produce, consume });
redis.disconnect();
