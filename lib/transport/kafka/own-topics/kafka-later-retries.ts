import { monotonicNow } from '../../../common/clocks.js';
import type { LaterRetries, RetryTopic } from '../../later-retries.interface.js';
import type { KafkaDriver, PublishRecords } from '../kafka-driver.interface.js';
import { typed } from '../kafka-errors.js';
import { clockRecord } from './clock-record.js';
import { type OwnTopicParts, prepareOwnTopic } from './own-topic.js';

const ANSWER_MS = 10_000;

export interface LaterRetriesParts extends OwnTopicParts {
  readonly driver: OwnTopicParts['driver'] & Pick<KafkaDriver, 'clock'>;
  readonly publish: PublishRecords;
}

/** Records that wait in topics whose records the broker stamps. */
export class KafkaLaterRetries implements LaterRetries {
  /** The broker stamps what is written to it. */
  private stamping: string | undefined;
  private asking: Promise<void> | undefined;

  constructor(private readonly parts: LaterRetriesParts) {}

  async prepare(topic: RetryTopic): Promise<void> {
    const needs = { kind: 'retry topic', waitsMs: topic.delayMs } as const;
    await typed({ topic: topic.name }, () => prepareOwnTopic(topic, needs, this.parts));
    this.stamping = topic.name;
  }

  /**
   * Kafka tells its time only where it stamps a record: where it has stamped none for this process yet, one is written to ask
   * for it. The clock of this process counts where there is no topic for that, or its records are not stamped.
   */
  now(): number | Promise<number> {
    const { clock } = this.parts.driver;
    if (clock.isSet || this.stamping === undefined) return clock.now();
    this.asking ??= this.ask(this.stamping).catch((error: unknown) => {
      this.asking = undefined;
      throw error;
    });
    return this.asking.then(() => clock.now());
  }

  roughNow(): number | undefined {
    const { clock } = this.parts.driver;
    return clock.isSet ? undefined : clock.now();
  }

  private async ask(topic: string): Promise<void> {
    const [outcome] = await this.parts.publish([clockRecord(topic)], monotonicNow() + ANSWER_MS);
    if (outcome!.status !== 'sent') throw outcome!.error;
  }
}
