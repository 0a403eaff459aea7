import { ConfigurationError, type EventBusErrorPlace } from '../../errors/index.js';
import { pauseFor } from '../../common/waiting.js';
import type { Position, Start, TransportAdmin } from '../transport.interface.js';
import type { KafkaDriver, PartitionOffsets } from './kafka-driver.interface.js';
import { isRebalance, rootOf, serviceFault } from './kafka-errors.js';
import { offsetsAfter, startOffsets } from './consuming/start-places.js';

const TRIES = 20;
const PAUSE_MS = 100;

/** Looks at and moves groups. Each method rejects with ServiceFaultError when the broker says no. */
export class KafkaAdmin implements TransportAdmin {
  constructor(private readonly driver: KafkaDriver) {}

  async resolve(topic: string, at: Start): Promise<readonly Position[]> {
    return typed({ topic }, async () =>
      positions(topic, await startOffsets(this.driver, topic, at)),
    );
  }

  async positions(group: string, topic: string): Promise<readonly Position[]> {
    return typed({ topic, group }, async () =>
      positions(
        topic,
        new Map(
          [...(await this.driver.committed(group, topic))].map(([partition, { offset }]) => [
            partition,
            offset,
          ]),
        ),
      ),
    );
  }

  /** Members that live are sent away first: they join again, and what they had in hand is read again or not at all. */
  async reset(group: string, to: readonly Position[]): Promise<void> {
    for (const topic of new Set(to.map((position) => position.topic))) {
      const offsets = new Map(offsetsAfter(topic, to));
      await typed({ topic, group }, () => this.move(group, topic, offsets));
    }
  }

  async members(group: string): Promise<readonly string[]> {
    return typed({ group }, async () =>
      (await this.driver.members(group)).map(({ clientId }) => clientId),
    );
  }

  /** Throws ConfigurationError for a position that is none of ours. */
  before(position: Position): Position {
    const [[, next]] = offsetsAfter(position.topic, [position]) as [readonly [number, number]];
    return { ...position, offset: String(next - 2) };
  }

  /** What the broker refused was not done, so that no try moves the group a second time. */
  private async move(group: string, topic: string, offsets: PartitionOffsets): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.driver.setCommitted(group, topic, offsets);
      } catch (error) {
        if (tries === TRIES || !(isRebalance(error) || isOnItsWay(error))) throw error;
        if (isRebalance(error)) await this.driver.removeMembers(group);
        if (tries > 1) await pauseFor(PAUSE_MS);
      }
    }
  }
}

function positions(topic: string, offsets: PartitionOffsets): Position[] {
  return [...offsets].map(([partition, next]) => ({
    topic,
    partition: String(partition),
    offset: String(next - 1),
  }));
}

async function typed<T>(place: EventBusErrorPlace, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    throw serviceFault(error, place);
  }
}

/** The broker that is to answer for the group changes, or does not know it yet. */
function isOnItsWay(error: unknown): boolean {
  const { type = '' } = rootOf(error);
  return [
    'NOT_COORDINATOR_FOR_GROUP',
    'GROUP_LOAD_IN_PROGRESS',
    'GROUP_COORDINATOR_NOT_AVAILABLE',
  ].includes(type);
}
