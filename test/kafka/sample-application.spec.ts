import { randomUUID } from 'node:crypto';
import { enrolAndSee } from '../sample-app/enrolling.js';
import { sharedKafka, sharedRegistryUrl } from '../services/shared-kafka.js';

describe('the sample application on Kafka', () => {
  it('is told by three settings, and shows what its handlers learnt from the bus', async () => {
    const prefix = `sample-${randomUUID()}`;
    Object.assign(process.env, {
      EVENT_BUS_TRANSPORT: 'kafka',
      EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: sharedKafka().bootstrap.plaintext,
      EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL: sharedRegistryUrl(),
      // Only so that other tests do not meet it.
      EVENT_BUS_TOPIC_PREFIX: prefix,
    });
    const { AppModule } = await import('../../sample-app/src/app.module.js');
    expect(await enrolAndSee(AppModule)).toMatchObject({
      type: 'org.openedx.learning.course.enrollment.created.v1',
      receipts: [{ position: { topic: `${prefix}-course-enrollments`, offset: '0' } }],
    });
  });
});
