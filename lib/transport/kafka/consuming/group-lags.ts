import { systemNow } from '../../../common/clocks.js';
import type { GroupLag } from '../../transport.interface.js';
import type { KafkaDriver, PartitionOffset } from '../kafka-driver.interface.js';

/** The broker gives one batch, however large it is. */
const ONE_BATCH = 1;

/**
 * The end of each partition less the committed position, as Kafka's own tools count; null where the group has none. None where
 * there is no topic: kafkajs fails at other questions too while it looks for one.
 */
export async function groupLags(
  driver: KafkaDriver,
  group: string,
  topic: string,
): Promise<readonly GroupLag[]> {
  if ((await driver.topics([topic])).get(topic) === null) return [];
  const [ends, committed] = await Promise.all([
    driver.offsets(topic, 'latest'),
    driver.committed(group, topic),
  ]);
  const lags: GroupLag[] = [];
  for (const [partition, end] of [...ends].sort(([a], [b]) => a - b)) {
    const offset = committed.get(partition)?.offset;
    const place = { topic, partition: String(partition) };
    if (offset === undefined) lags.push({ ...place, events: null, oldest: null });
    else if (offset >= end) lags.push({ ...place, events: 0, oldest: 0 });
    else {
      const oldest = await ageOf(driver, { topic, partition, offset });
      lags.push({ ...place, events: end - offset, oldest });
    }
  }
  return lags;
}

/** Of the first record from the offset on, in ms; null where the broker does not say. */
async function ageOf(driver: KafkaDriver, from: PartitionOffset): Promise<number | null> {
  let batch = await driver.fetch(from, ONE_BATCH);
  if (!batch) {
    // It is no longer kept.
    const first = (await driver.offsets(from.topic, 'earliest')).get(from.partition);
    if (first !== undefined) batch = await driver.fetch({ ...from, offset: first }, ONE_BATCH);
  }
  const time = batch?.records[0]?.record.brokerTime;
  return time === undefined ? null : Math.max(0, systemNow() - time);
}
