import { pauseFor } from '../../common/waiting.js';
import { ServiceUnavailableError } from '../../errors/index.js';
import { messageOf } from '../../errors/foreign-error.js';
import { asError } from '../../errors/thrown-values.js';
import type { EventBusSettings } from '../../settings/event-bus-settings.js';
import type { LaterRetries, RetryTopic } from '../../transport/later-retries.interface.js';
import { topicWithoutPrefix } from '../../transport/topic-prefix.js';
import type { EventTransport } from '../../transport/transport.interface.js';
import type { LetterSource } from '../dead-letters/letter-writer.js';
import { publishRecord } from '../publish-record.js';
import { PreparedTopics } from '../prepared-topics.js';
import { RetryTopics } from './retry-topics.js';
import { outgoingRecord, type WaitingRecord } from './waiting-record.js';

export interface RetryWriterOptions {
  readonly settings: Pick<
    EventBusSettings,
    'topicPrefix' | 'retry' | 'topics' | 'deadLetter' | 'sendTimeoutMs'
  >;
  readonly transport: EventTransport;
  /** In ms, after so many failures in a row. */
  readonly delayAfter: (failures: number) => number;
}

/** Leaves records to wait for a later retry: each until the broker has it. */
export class RetryWriter {
  readonly topics: RetryTopics;
  private readonly prepared: PreparedTopics<RetryTopic>;

  constructor(private readonly options: RetryWriterOptions) {
    this.topics = new RetryTopics(options.settings);
    this.prepared = new PreparedTopics((topic) => this.store.prepare(topic));
  }

  /** Rejects as `LaterRetries.prepare`. */
  prepare(topic: RetryTopic): Promise<void> {
    return this.prepared.prepare(topic);
  }

  /**
   * Resolves with the topic once the broker has the record, with undefined when the source stopped or the record is no longer
   * ours. Where it cannot be written, tries again. Never rejects.
   */
  async write(
    waiting: WaitingRecord,
    delayMs: number,
    source: LetterSource,
  ): Promise<RetryTopic | undefined> {
    const { topicPrefix } = this.options.settings;
    const { original, group } = waiting;
    const topic = this.topics.of({
      topic: topicWithoutPrefix(topicPrefix, original.topic),
      group,
      delayMs,
    });
    for (let failures = 1; !source.stopped.aborted && !source.isLost(); failures++) {
      try {
        await this.writeOnce(waiting, topic);
        return topic;
      } catch (error) {
        this.prepared.forget(topic);
        source.failed(notWritten(topic, asError(error)));
      }
      await pauseFor(this.options.delayAfter(failures), source.stopped);
    }
    return undefined;
  }

  private async writeOnce(waiting: WaitingRecord, topic: RetryTopic): Promise<void> {
    await this.prepare(topic);
    const now = this.store.roughNow?.() ?? (await this.store.now());
    const record = outgoingRecord(waiting, topic.name, now + topic.delayMs);
    const outcome = await publishRecord(this.options, record);
    if (outcome.status !== 'sent') throw outcome.error;
  }

  private get store(): LaterRetries {
    const { laterRetries } = this.options.transport;
    if (!laterRetries) throw new Error('this transport has no later retries');
    return laterRetries;
  }
}

function notWritten({ name }: RetryTopic, cause: Error): ServiceUnavailableError {
  const reason = `the record could not be written to topic ${name}: ${messageOf(cause)}`;
  return new ServiceUnavailableError('Later retries', reason, { cause });
}
