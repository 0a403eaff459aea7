import { until } from '../../test/services/until.ts';

/** Makes a topic of one partition with a kafkajs admin client; resolves when its offsets can be asked for. */
export async function makeTopic(admin, topic) {
  await admin.createTopics({ topics: [{ topic }], waitForLeaders: false });
  // kafkajs itself rejects for a topic that is on its way.
  const isThere = () =>
    admin.fetchTopicOffsets(topic).then(
      () => true,
      () => false,
    );
  await until(`topic ${topic}`, isThere);
}
