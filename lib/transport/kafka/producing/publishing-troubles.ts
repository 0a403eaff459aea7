import type { HealthBoard } from '../../common/health-board.js';
import { serviceFault } from '../kafka-errors.js';

const PART = 'publishing';

/** What keeps records from being sent, each by a name, as one part of the transport's health. */
export class PublishingTroubles {
  private readonly names = new Set<string>();

  constructor(private readonly health: HealthBoard) {}

  at(name: string, error: unknown, topic?: string): void {
    this.names.add(name);
    this.health.failed(PART, serviceFault(error, topic === undefined ? {} : { topic }));
  }

  /** It works again, or does so for the first time. */
  over(name: string): void {
    this.names.delete(name);
    if (this.names.size === 0) this.health.healed(PART);
  }

  /** Nobody waits for it any more. */
  gone(name: string): void {
    if (this.names.delete(name) && this.names.size === 0) this.health.idle(PART);
  }

  has(name: string): boolean {
    return this.names.has(name);
  }
}
