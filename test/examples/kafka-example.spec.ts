import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { packUntyped } from '../applications/application.js';
import { createTopics } from '../services/kafka-topics.js';
import { sharedKafka, sharedRegistryUrl } from '../services/shared-kafka.js';
import { Example } from './example.js';
import type { ExampleProcess } from './example-process.js';

const TOPICS = ['learning-badges-lifecycle', 'learning-certificate-lifecycle'];

it('certificate-issuer: prints what its README ends with, and its certificate is on the bus', async () => {
  const brokers = sharedKafka().bootstrap.plaintext;
  // Only so that other tests do not meet it.
  const prefix = `example-${randomUUID()}`;
  const settings = {
    EVENT_BUS_TRANSPORT: 'kafka',
    EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: brokers,
    EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL: sharedRegistryUrl(),
    EVENT_BUS_TOPIC_PREFIX: prefix,
  };
  // A broker that makes topics when they are first used may take longer than a send waits.
  await makeTopics(
    brokers,
    TOPICS.map((topic) => `${prefix}-${topic}`),
  );
  const tarball = await packUntyped();
  const example = await Example.install('certificate-issuer', tarball);
  let service: ExampleProcess | undefined;
  try {
    await example.transpile();
    service = example.start('start', settings);
    await example.run('send', settings);
    await service.prints(example.promisedOutputs[0]!);
    const watched = await example.run('watch', settings);
    const line = watched.split('\n').find((text) => text.startsWith('{"event_type"'));
    expect(JSON.parse(line ?? watched)).toMatchObject({
      event_type: 'org.openedx.learning.certificate.created.v1',
      metadata: { source: 'openedx/certificate-issuer/web' },
      data: { certificate: { name: 'Ada Lovelace', current_status: 'downloadable' } },
    });
    expect(await service.interrupt()).toBe(0);
  } finally {
    await service?.interrupt();
    await example.remove();
    await rm(dirname(tarball), { recursive: true, force: true });
  }
}, 240_000);

async function makeTopics(brokers: string, topics: readonly string[]): Promise<void> {
  const admin = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    await createTopics(
      admin,
      topics.map((topic) => ({ topic })),
    );
  } finally {
    await admin.disconnect();
  }
}
