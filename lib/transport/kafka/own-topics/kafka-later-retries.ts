import type { LaterRetries, RetryTopic } from '../../later-retries.interface.js';
import type { KafkaDriver } from '../kafka-driver.interface.js';
import { typed } from '../kafka-errors.js';
import { type OwnTopicParts, prepareOwnTopic } from './own-topic.js';

/** Records that wait in topics whose records the broker stamps. */
export class KafkaLaterRetries implements LaterRetries {
  constructor(
    private readonly parts: OwnTopicParts & { readonly driver: Pick<KafkaDriver, 'clock'> },
  ) {}

  prepare(topic: RetryTopic): Promise<void> {
    const needs = { kind: 'retry topic', waitsMs: topic.delayMs } as const;
    return typed({ topic: topic.name }, () => prepareOwnTopic(topic, needs, this.parts));
  }

  /** Kafka tells its time only where it stamps a record: until it did, the clock of this process counts. */
  now(): number {
    return this.parts.driver.clock.now();
  }
}
