import type { SourceNotice } from '../../transport.interface.js';
import { pauseFor } from '../../../common/waiting.js';
import type { KafkaDriver, PartitionOffset } from '../kafka-driver.interface.js';
import { sourceName } from './partition-source.js';

/** A partition that seems to end before our place, or to begin behind it, may have a new leader that learns of it a little later. */
const CONFIRM_MS = 1_000;

export interface FoundPlace {
  readonly from: number;
  /** The partition is another than it was: nothing that we know of it holds. */
  readonly isAnew: boolean;
  readonly notice: SourceNotice;
}

/**
 * Where reading goes on when the broker says that it has nothing at a place: with the first record
 * that it has. undefined: at that place, after all.
 */
export async function placeToGoOn(
  driver: KafkaDriver,
  place: PartitionOffset,
): Promise<FoundPlace | undefined> {
  const found = await look(driver, place);
  if (!found) return undefined;
  await pauseFor(CONFIRM_MS);
  return look(driver, place);
}

async function look(
  driver: KafkaDriver,
  { topic, partition, offset }: PartitionOffset,
): Promise<FoundPlace | undefined> {
  const [earliest, latest] = await Promise.all([
    driver.offsets(topic, 'earliest'),
    driver.offsets(topic, 'latest'),
  ]);
  const source = sourceName({ topic, partition });
  const from = earliest.get(partition) ?? 0;
  const end = latest.get(partition) ?? 0;
  if (offset < from)
    return { from, isAnew: false, notice: { kind: 'gap', source, count: from - offset } };
  if (offset <= end) return undefined;
  const detail = `offset ${offset} is behind the end ${end}, reads from offset ${from}`;
  return { from, isAnew: true, notice: { kind: 'sourceRemade', source, detail } };
}
