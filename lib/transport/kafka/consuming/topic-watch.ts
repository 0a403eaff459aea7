import { ServiceUnavailableError } from '../../../errors/index.js';
import { monotonicNow } from '../../../common/clocks.js';
import { pauseFor } from '../../../common/waiting.js';
import type { KafkaDriver, TopicState } from '../kafka-driver.interface.js';

/** So often it looks. */
const LOOK_MS = 2_000;
/** A broker that was away knows of changes a little later: what one says is asked a second time after this. */
const CONFIRM_MS = 500;

export interface TopicWatchListener {
  /** There is another topic of the name: nothing that is known of the old one holds. */
  remade(topic: string, found: TopicState): void;
  /** It has partitions that it had not, or there is a topic again. */
  grown(topic: string): void;
  missing(topic: string, error: Error): void;
  found(topic: string): void;
}

/**
 * Sees, within some seconds, that a topic was deleted, recreated or given partitions. Positions belong to the topic
 * with an id; a topic with the same name and another id has other records at the same offsets.
 */
export class TopicWatch {
  /** Ids of topics that are no more: a broker that still tells one is behind. */
  private readonly former = new Set<string>();
  private readonly gone = new Set<string>();
  private readonly stopped = new AbortController();
  private flushNow = new AbortController();

  constructor(
    private readonly driver: KafkaDriver,
    private readonly topics: readonly string[],
    /** What the group knows of its topics from earlier subscriptions of this process. */
    private readonly known: Map<string, TopicState>,
    private readonly listener: TopicWatchListener,
  ) {}

  /** Undefined where the broker tells none. */
  readonly idOf = (topic: string): string | undefined => this.known.get(topic)?.id;

  /**
   * Finds out which topics these are at present, before anything is learned of their positions. Rejects as the driver
   * does.
   */
  identify(topics: readonly string[]): Promise<void> {
    return this.look(topics);
  }

  start(): void {
    void this.watch();
  }

  stop(): void {
    this.stopped.abort();
    this.flushNow.abort();
  }

  /** Something suggests that a topic changed. */
  lookSoon(): void {
    this.flushNow.abort();
  }

  private async watch(): Promise<void> {
    for (let lookAt = 0; !this.stopped.signal.aborted;) {
      // Not more often than it may be asked for.
      await pauseFor(lookAt + CONFIRM_MS - monotonicNow(), this.stopped.signal);
      await pauseFor(LOOK_MS - CONFIRM_MS, this.flushNow.signal);
      if (this.stopped.signal.aborted) return;
      this.flushNow = new AbortController();
      lookAt = monotonicNow();
      // Where it fails, the parts that need the broker say so.
      await this.look(this.topics).catch(() => undefined);
    }
  }

  private async look(topics: readonly string[]): Promise<void> {
    const changes = new Map<string, Change>();
    for (const [topic, state] of await this.driver.topics(topics)) {
      const change = this.changeOf(topic, state);
      if (change !== 'none') changes.set(topic, change);
      else if (state && !this.isFormer(state)) this.known.set(topic, state);
    }
    if (changes.size === 0) return;
    await pauseFor(CONFIRM_MS, this.stopped.signal);
    for (const [topic, state] of await this.driver.topics([...changes.keys()])) {
      if (this.stopped.signal.aborted) return;
      const change = this.changeOf(topic, state);
      if (change !== 'none' && change === changes.get(topic)) this.take(topic, state, change);
    }
  }

  private changeOf(topic: string, state: TopicState | null): Change {
    const known = this.known.get(topic);
    const wasGone = this.gone.has(topic);
    if (state === null) return wasGone ? 'none' : 'missing';
    if (this.isFormer(state)) return 'none';
    if (known && isAnother(known, state, wasGone)) return 'remade';
    return wasGone || (known && state.epochs.size > known.epochs.size) ? 'grown' : 'none';
  }

  private isFormer({ id }: TopicState): boolean {
    return id !== undefined && this.former.has(id);
  }

  private take(topic: string, state: TopicState | null, change: Change): void {
    const { listener } = this;
    if (state === null) {
      this.gone.add(topic);
      listener.missing(
        topic,
        new ServiceUnavailableError('Kafka', 'the topic does not exist on the broker', { topic }),
      );
      return;
    }
    const formerId = this.idOf(topic);
    if (change === 'remade' && formerId !== undefined) this.former.add(formerId);
    this.known.set(topic, state);
    if (this.gone.delete(topic)) listener.found(topic);
    if (change === 'remade') listener.remade(topic, state);
    else listener.grown(topic);
  }
}

type Change = 'none' | 'missing' | 'grown' | 'remade';

/** Where there are no ids: a topic never loses partitions, nor a partition leaders that it had. */
function isAnother(known: TopicState, state: TopicState, wasGone: boolean): boolean {
  if (known.id !== undefined && state.id !== undefined) return known.id !== state.id;
  if (wasGone || state.epochs.size < known.epochs.size) return true;
  return [...known.epochs].some(
    ([partition, epoch]) => (state.epochs.get(partition) ?? epoch) < epoch,
  );
}
