import { type Admin, type ITopicConfig, Kafka, logLevel } from 'kafkajs';
import { until } from './until.js';

/**
 * Resolves when the topics are there, with leaders; rejects after 30 s. kafkajs alone rejects where
 * a broker has not heard of a topic yet.
 */
export async function createTopics(admin: Admin, topics: readonly ITopicConfig[]): Promise<void> {
  await admin.createTopics({ topics: [...topics], waitForLeaders: false });
  await until(`topics ${topics.map(({ topic }) => topic).join(', ')}`, () =>
    Promise.all(topics.map(({ topic }) => admin.fetchTopicOffsets(topic))).then(
      () => true,
      () => false,
    ),
  );
}

/** As `createTopics`, over a connection of its own. */
export async function makeTopics(
  brokers: string[],
  topics: readonly ITopicConfig[],
): Promise<void> {
  const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    await createTopics(admin, topics);
  } finally {
    await admin.disconnect();
  }
}
