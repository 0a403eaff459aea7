import type { MemberClient } from '../kafka-driver.interface.js';
import { backoffDelay, endBy, pauseFor } from '../../common/waiting.js';
import type { PartitionSource } from './partition-source.js';

export interface CommitterListener {
  /** The group's positions moved. */
  confirmed(): void;
  failed(error: unknown): void;
  healed(): void;
}

/**
 * Tells the group how far all is settled: one commit under way, always with the newest position of
 * every source, never past an unsettled record and never back.
 */
export class Committer {
  private readonly due = new Set<PartitionSource>();
  private running: Promise<void> | undefined;
  private stopped = false;

  constructor(
    private readonly member: MemberClient,
    private readonly listener: CommitterListener,
  ) {}

  add(source: PartitionSource): void {
    if (this.stopped || !source.needsCommit) return;
    this.due.add(source);
    this.startRun();
  }

  /** Resolves when what is settled is known to the group, at the latest at the deadline (epoch ms). */
  async flush(deadline: number): Promise<void> {
    while (this.running && Date.now() < deadline) await endBy(deadline, this.running);
  }

  stop(): void {
    this.stopped = true;
  }

  private startRun(): void {
    this.running ??= this.run().finally(() => {
      this.running = undefined;
      if (this.due.size > 0 && !this.stopped) this.startRun();
    });
  }

  private async run(): Promise<void> {
    // What is settled in one turn is committed together.
    await new Promise((resolve) => setImmediate(resolve));
    for (let failures = 0; this.due.size > 0 && !this.stopped;) {
      const sources = [...this.due].filter((source) => source.needsCommit && !source.isGone);
      this.due.clear();
      if (sources.length === 0) return;
      const offsets = sources.map((source) => {
        const { topic, partition, settledTo } = source;
        return { source, offset: { topic, partition, offset: settledTo } };
      });
      try {
        await this.member.commit(offsets.map(({ offset }) => offset));
        for (const { source, offset } of offsets)
          source.committed = Math.max(source.committed, offset.offset);
        if (failures > 0) this.listener.healed();
        failures = 0;
        this.listener.confirmed();
      } catch (error) {
        failures++;
        this.listener.failed(error);
        for (const { source } of offsets) this.due.add(source);
        await pauseFor(backoffDelay(failures, 100));
      }
    }
  }
}
