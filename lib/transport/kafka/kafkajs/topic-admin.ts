import type { Admin, Broker } from 'kafkajs';
import type { WantedTopic } from '../kafka-driver.interface.js';
import { newestVersion } from './patches/kafkajs-internals.js';

/** `TOPIC` in the list of kafkajs, which not every way to import kafkajs gives by name. */
const TOPIC = 2;
const CREATE_TOPICS = 19;
/** From here on (Kafka 2.4) a broker has defaults for the numbers of partitions and replicas. */
const WITH_DEFAULTS = 4;
const BY_DEFAULT = -1;
const CREATE_MS = 10_000;

export async function topicConfig(
  admin: Admin,
  topic: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, string | null>> {
  const { resources } = await admin.describeConfigs({
    resources: [{ type: TOPIC, name: topic, configNames: [...names] }],
    includeSynonyms: false,
  });
  const entries = resources.flatMap(({ configEntries }) => configEntries);
  return new Map(entries.map(({ configName, configValue }) => [configName, configValue]));
}

/** kafkajs resolves where somebody else made the topic meanwhile. */
export async function createTopic(
  admin: Admin,
  broker: Broker | undefined,
  { topic, partitions, like, config }: WantedTopic,
): Promise<void> {
  const hasDefaults = !broker || newestVersion(broker, CREATE_TOPICS) >= WITH_DEFAULTS;
  const wanted = {
    topic,
    numPartitions: partitions ?? (hasDefaults ? BY_DEFAULT : 1),
    replicationFactor: hasDefaults ? BY_DEFAULT : await replicasOf(admin, like),
    configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
  };
  try {
    await admin.createTopics({ topics: [wanted], waitForLeaders: false, timeout: CREATE_MS });
  } catch (error) {
    throw firstOf(error);
  }
}

async function replicasOf(admin: Admin, topic: string): Promise<number> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  return topics[0]?.partitions[0]?.replicas.length ?? 1;
}

/** kafkajs gives the errors of all topics together. */
function firstOf(error: unknown): unknown {
  for (
    let at = error;
    typeof at === 'object' && at !== null;
    at = (at as { cause?: unknown }).cause
  ) {
    const { errors } = at as { errors?: unknown };
    if (Array.isArray(errors) && errors.length > 0) return errors[0];
  }
  return error;
}
