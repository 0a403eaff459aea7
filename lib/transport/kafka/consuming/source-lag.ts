import { systemNow } from '../../../common/clocks.js';
import type { SourceLag } from '../../transport.interface.js';
import type { KafkaDriver } from '../kafka-driver.interface.js';
import type { PartitionSource } from './partition-source.js';

/** How far each source is behind the end of its partition; null where the broker does not say. */
export async function sourceLags(
  driver: KafkaDriver,
  sources: readonly PartitionSource[],
): Promise<readonly SourceLag[]> {
  const topics = [...new Set(sources.map(({ topic }) => topic))];
  const ends = new Map(
    await Promise.all(
      topics.map(async (topic) => {
        const offsets = await driver.offsets(topic, 'latest').catch(() => undefined);
        return [topic, offsets] as const;
      }),
    ),
  );
  return sources.map(({ topic, partition, source, settledTo, isStarted, oldestTime }) => {
    const end = ends.get(topic)?.get(partition);
    const events = end === undefined || !isStarted ? null : Math.max(0, end - settledTo);
    const age = oldestTime === undefined ? null : Math.max(0, systemNow() - oldestTime);
    return { source, events, oldest: events === 0 ? 0 : age };
  });
}
