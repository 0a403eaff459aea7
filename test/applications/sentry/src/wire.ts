import { once } from 'node:events';
import { Redis } from 'ioredis';
import kafkajs from 'kafkajs';

const FIELDS = 'type id source time minorversion sourcehost sourcelib event_data';
const HEADERS =
  'ce_specversion content-type ce_datacontenttype ce_type ce_id ce_source ce_time ce_minorversion sourcehost sourcelib';

/** Whether each record has our attributes and then what belongs to its trace, in this order. Says what it has, if not. */
export async function wire(topic: string, count: number, withTelemetry: boolean): Promise<string> {
  const onKafka = process.env['EVENT_BUS_TRANSPORT'] === 'kafka';
  const records = await (onKafka ? headers(topic, count) : fields(topic));
  const ours = onKafka ? HEADERS : FIELDS;
  const added = withTelemetry ? ' traceparent' : onKafka ? ' sentry-trace baggage' : '';
  const found = records.map((names) => names.join(' '));
  const isComplete = found.length === count && found.every((names) => names === ours + added);
  return isComplete ? 'complete' : found.join('; ');
}

async function fields(topic: string): Promise<string[][]> {
  const redis = new Redis(process.env['EVENT_BUS_REDIS_CONNECTION_URL']!);
  const entries = await redis.xrange(topic, '-', '+');
  redis.disconnect();
  return entries.map(([, one]) => one.filter((_, i) => i % 2 === 0));
}

async function headers(topic: string, count: number): Promise<string[][]> {
  const brokers = process.env['EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS']!.split(',');
  const kafka = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: `${topic}-wire` });
  const found: string[][] = [];
  const all = new AbortController();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message }) => {
      found.push(Object.keys(message.headers!));
      if (found.length === count) all.abort();
    },
  });
  await once(AbortSignal.any([all.signal, AbortSignal.timeout(20_000)]), 'abort');
  await consumer.disconnect();
  return found;
}
