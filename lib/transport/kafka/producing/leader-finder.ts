import { backoffDelay, pauseFor } from '../../../common/waiting.js';
import type { TopicLeaders } from '../kafka-driver.interface.js';
import type { TopicRecords } from './topic-records.js';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;

export interface LeaderFinderOptions {
  /** Asks brokers; rejects when none answers. */
  readonly ask: (topics: readonly string[]) => Promise<ReadonlyMap<string, TopicLeaders>>;
  /** A topic learnt something. */
  readonly learnt: (topic: TopicRecords) => void;
  readonly failed: (error: unknown) => void;
}

/** Finds out who leads the partitions of topics, and asks again while records of one must wait for that. */
export class LeaderFinder {
  private readonly wanted = new Set<TopicRecords>();
  private running = false;
  private isMore = false;
  private closed = false;
  private pause: AbortController | undefined;

  constructor(private readonly options: LeaderFinderOptions) {}

  /** At once for a topic that is not being asked for. */
  want(topic: TopicRecords): void {
    if (this.wanted.has(topic)) return;
    this.wanted.add(topic);
    this.isMore = true;
    this.pause?.abort();
    if (!this.running) void this.run();
  }

  close(): void {
    this.closed = true;
    this.pause?.abort();
  }

  private async run(): Promise<void> {
    this.running = true;
    for (let rounds = 1; this.wanted.size > 0 && !this.closed; rounds++) {
      const asked = [...this.wanted];
      this.isMore = false;
      try {
        const answers = await this.options.ask(asked.map(({ topic }) => topic));
        for (const topic of asked) this.hear(topic, answers.get(topic.topic));
      } catch (error) {
        this.options.failed(error);
        for (const topic of asked) if (topic.open === 0) this.wanted.delete(topic);
      }
      if (this.wanted.size === 0 || this.isMore) continue;
      this.pause = new AbortController();
      await pauseFor(backoffDelay(rounds, FIRST_PAUSE_MS, LONGEST_PAUSE_MS), this.pause.signal);
      this.pause = undefined;
    }
    this.running = false;
  }

  private hear(topic: TopicRecords, answer: TopicLeaders | undefined): void {
    if (answer !== undefined) {
      topic.learn(answer);
      this.options.learnt(topic);
    }
    if (!topic.isStuck || topic.open === 0) this.wanted.delete(topic);
  }
}
