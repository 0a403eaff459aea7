import type { StatusBoard } from '../../observability/status-board.js';
import type { SourcePort } from './source-port.interface.js';

type Why = 'halt' | 'closing' | 'serviceFault' | 'retry';

/** The gravest reason is the one that the status shows. */
const gravest: readonly Why[] = ['halt', 'closing', 'serviceFault', 'retry'];

/** Keeps a source paused while there is at least one reason for it. */
export class SourceGate {
  private readonly reasons = new Map<Why, string>();

  constructor(
    private readonly port: SourcePort,
    private readonly status: StatusBoard,
    private readonly source: string,
  ) {
    this.show();
  }

  shut(why: Why, reason: string): void {
    const wasOpen = !this.reasons.size;
    this.reasons.set(why, reason);
    if (wasOpen) this.port.pause(this.source);
    this.show();
  }

  open(why: Why): void {
    if (!this.reasons.delete(why)) return;
    this.show();
    if (!this.reasons.size) this.port.resume(this.source);
  }

  get isShut(): boolean {
    return this.reasons.size > 0;
  }

  isShutFor(why: Why): boolean {
    return this.reasons.has(why);
  }

  private show(): void {
    const why = gravest.find((reason) => this.reasons.has(reason));
    const state = why === undefined ? 'running' : why === 'halt' ? 'halted' : 'paused';
    this.status.source(
      this.port.group,
      this.source,
      state,
      why === undefined ? undefined : this.reasons.get(why),
    );
  }
}
