import * as kafkajs from 'kafkajs';
import { kafkaTransport } from 'nestjs-openedx-event-bus/kafka';
import { OLDER_RELEASES } from '../services/python.js';
import { sharedKafka, sharedRegistryUrl } from '../services/shared-kafka.js';
import { kafkaBus } from './kafka-bus.js';
import type { OlderEvent } from './older-events.js';
import { describeOlderPython, type RecordsById } from './older-python-cases.js';
import { PythonDriver } from './python-driver.js';

for (const release of OLDER_RELEASES) {
  describeOlderPython(
    'Kafka',
    release,
    () => ({
      bus: kafkaBus(),
      transport: kafkaTransport({
        brokers: sharedKafka().bootstrap.plaintext.split(','),
        schemaRegistry: { url: sharedRegistryUrl() },
        client: kafkajs,
      }),
      alsoToday: isReadableFromToday,
    }),
    recordsOf,
  );
}

/** Whether all that the older layout has is in today's, so that Avro brings today's into it. */
function isReadableFromToday({ type }: OlderEvent): boolean {
  return /xblock|discussions/.test(type);
}

async function recordsOf(topic: string): Promise<RecordsById> {
  const records = await (await PythonDriver.start('kafka_records.py', kafkaBus(), topic)).end();
  return new Map(
    records.map(({ partition, key, value, headers }) => {
      const of = (wanted: string) =>
        Buffer.from(headers.find(([name]: [string]) => name === wanted)[1], 'hex').toString();
      const names = headers.map(([name]: [string]) => name);
      return [of('ce_id'), { partition, key, value, names, sourcelib: of('sourcelib') }];
    }),
  );
}
