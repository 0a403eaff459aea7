import { pauseFor } from '../../common/waiting.js';
import { ServiceUnavailableError } from '../../errors/index.js';
import { messageOf } from '../../errors/foreign-error.js';
import { asError } from '../../errors/thrown-values.js';
import type { EventBusSettings } from '../../settings/event-bus-settings.js';
import type {
  DeadLetterStore,
  DeadLetterTopic,
} from '../../transport/dead-letter-store.interface.js';
import { topicWithoutPrefix } from '../../transport/topic-prefix.js';
import type {
  EventTransport,
  PublishOutcome,
  RecordPosition,
} from '../../transport/transport.interface.js';
import { publishRecord } from '../publish-record.js';
import { PreparedTopics } from '../prepared-topics.js';
import { DeadLetterTopics } from './dead-letter-topics.js';
import { type GivenUp, type Letter, type LetterFacts, letterOf } from './letter.js';

/** A letter that the broker has. */
export interface WrittenLetter {
  readonly id: string;
  /** Full name of its topic. */
  readonly topic: string;
  /** Null where the broker does not say. */
  readonly position: RecordPosition | null;
}

export interface LetterWriterOptions {
  readonly settings: Pick<
    EventBusSettings,
    'topicPrefix' | 'deadLetter' | 'onFailure' | 'topics' | 'sendTimeoutMs'
  >;
  readonly transport: EventTransport;
  /** In ms, after so many failures in a row. */
  readonly delayAfter: (failures: number) => number;
}

/** What the writing of a letter depends on. */
export interface LetterSource {
  /** Fires when the source stops. */
  readonly stopped: AbortSignal;
  /** Whether the record is no longer ours. */
  readonly isLost: () => boolean;
  /** The letter could not be written, which is tried again. */
  readonly failed: (error: Error) => void;
}

/** `given up`: the source stopped, or the record is no longer ours. `refused`: the broker will never take it. */
export type WriteResult =
  | { readonly end: 'written'; readonly letter: WrittenLetter }
  | { readonly end: 'refused'; readonly error: Error }
  | { readonly end: 'givenUp' };

/** The letter of which a further one is written. */
export interface RedrivenFrom {
  readonly before: LetterFacts;
  /** The further one could not be written, which is not tried again. */
  readonly notWritten: (error: Error) => void;
}

/** So many letters are written until the open ones are counted again. */
const COUNT_EVERY = 100;

/** Writes letters: each until the broker has it. */
export class LetterWriter {
  /** Letters that may be written until the open ones are counted again. */
  private readonly room = new Map<string, number>();

  constructor(
    private readonly options: LetterWriterOptions,
    private readonly redriven?: RedrivenFrom,
    readonly topics = new DeadLetterTopics(options.settings),
    private readonly prepared = new PreparedTopics<DeadLetterTopic>((topic) =>
      storeOf(options.transport).prepare(topic),
    ),
  ) {}

  /**
   * As this one, for the record of a letter that is redriven. That one is open until the further one is written, and makes
   * room for it: so it is not counted, and tried once.
   */
  following(redriven: RedrivenFrom): LetterWriter {
    return new LetterWriter(this.options, redriven, this.topics, this.prepared);
  }

  /** Rejects as `DeadLetterStore.prepare`. */
  prepare(topic: DeadLetterTopic): Promise<void> {
    return this.prepared.prepare(topic);
  }

  /** Never rejects. Where the letter cannot be written, tries again until it is, or the source stops; a redriven one once. */
  async write(given: GivenUp, source: LetterSource): Promise<WriteResult> {
    let failures = 0;
    let letter: Letter | undefined;
    while (!source.stopped.aborted && !source.isLost()) {
      let failure: Error;
      try {
        const topic = this.topicOf(given);
        letter ??= letterOf(
          { ...given, before: this.redriven?.before },
          topic.name,
          this.withStack,
        );
        const result = await this.tryOnce(topic, letter);
        if (result.end === 'written') return result;
        if (this.onRefused === 'log' && !this.redriven) return result;
        failure = result.error;
      } catch (error) {
        failure = asError(error);
      }
      if (this.redriven) {
        this.redriven.notWritten(failure);
        break;
      }
      source.failed(failure);
      await pauseFor(this.options.delayAfter(++failures), source.stopped);
    }
    return { end: 'givenUp' };
  }

  private topicOf({ delivery, group }: GivenUp): DeadLetterTopic {
    const { topicPrefix } = this.options.settings;
    return this.topics.of({ topic: topicWithoutPrefix(topicPrefix, delivery.record.topic), group });
  }

  /** Throws where a later try may succeed. */
  private async tryOnce(
    topic: DeadLetterTopic,
    letter: Letter,
  ): Promise<Exclude<WriteResult, { end: 'givenUp' }>> {
    let outcome: PublishOutcome;
    try {
      await this.prepare(topic);
      if (!this.redriven) await this.waitForRoom(topic.name);
      outcome = await publishRecord(this.options, letter.record);
      if (isTooLarge(outcome)) outcome = await publishRecord(this.options, letter.shortest);
      if (outcome.status === 'sent') {
        const { position } = outcome.receipt;
        return { end: 'written', letter: { id: letter.id, topic: topic.name, position } };
      }
    } catch (error) {
      this.prepared.forget(topic);
      throw notWritten(topic, error);
    }
    this.prepared.forget(topic);
    const error = notWritten(topic, outcome.error);
    if (isTooLarge(outcome)) return { end: 'refused', error };
    throw error;
  }

  /** Throws while there are as many open letters as there may be. */
  private async waitForRoom(topic: string): Promise<void> {
    const { maxLen } = this.options.settings.deadLetter;
    const store = storeOf(this.options.transport);
    if (!store.count) return;
    let room = this.room.get(topic) ?? 0;
    if (room <= 0) {
      const open = await store.count(topic);
      if (open >= maxLen)
        throw new Error(
          `the topic has ${open} open letters, and deadLetter.maxLen is ${maxLen}. Redrive or discard some (openedx-event-bus dead-letters), or raise deadLetter.maxLen`,
        );
      room = Math.min(COUNT_EVERY, maxLen - open);
    }
    this.room.set(topic, room - 1);
  }

  private get withStack(): boolean {
    return this.options.settings.deadLetter.stack;
  }

  private get onRefused(): 'pause' | 'log' {
    return this.options.settings.deadLetter.onRefused;
  }
}

function storeOf({ deadLetters }: EventTransport): DeadLetterStore {
  if (!deadLetters) throw new Error('this transport keeps no dead letters');
  return deadLetters;
}

function notWritten({ name }: DeadLetterTopic, cause: unknown): ServiceUnavailableError {
  const reason = `the letter could not be written to topic ${name}: ${messageOf(cause)}`;
  return new ServiceUnavailableError('Dead letters', reason, { cause });
}

function isTooLarge(outcome: PublishOutcome): boolean {
  return outcome.status !== 'sent' && outcome.tooLarge === true;
}
