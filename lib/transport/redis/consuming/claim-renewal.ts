import { monotonicNow } from '../../../common/clocks.js';
import { timerMs } from '../../../common/waiting.js';
import { PendingList } from './pending-list.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import { pendingEntries } from '../client/redis-reply.js';
import { compareIds } from '../group/stream-group.js';
import type { StreamSource } from './stream-source.js';

const REPLY_MS = 5_000;
const PAGE = 1_000;

export interface ClaimRenewalParts {
  readonly command: RedisConnection;
  readonly group: string;
  readonly member: string;
  readonly sources: readonly StreamSource[];
  readonly claimIdleMs: number;
}

/**
 * Tells Redis that what we have in flight is being worked on, so that nobody claims it, and finds out
 * what others claimed nevertheless. Signs of life of one turn go in one round; a round that fails is
 * made good by the next one.
 */
export class ClaimRenewal {
  private readonly wanted = new Map<StreamSource, Set<string>>();
  private readonly list: PendingList;
  private timer: NodeJS.Timeout | undefined;
  private running = false;

  constructor(private readonly parts: ClaimRenewalParts) {
    const { command, group, member } = parts;
    this.list = new PendingList(command, group, member);
  }

  /** Begins to renew, at times, what was fetched and waits here. */
  start(): void {
    const { claimIdleMs, sources } = this.parts;
    this.timer = setInterval(
      () => {
        for (const source of sources) if (source.isOurs) this.add(source, source.waitingIds);
      },
      timerMs(claimIdleMs / 4),
    );
  }

  stop(): void {
    clearInterval(this.timer);
    this.wanted.clear();
  }

  /** Work on the entries goes on. */
  add(source: StreamSource, ids: readonly string[]): void {
    if (ids.length === 0 || !this.parts.command.isReady) return;
    const wanted = this.wanted.get(source) ?? new Set();
    this.wanted.set(source, wanted);
    for (const id of ids) wanted.add(id);
    if (this.running) return;
    this.running = true;
    setImmediate(() => void this.run());
  }

  private async run(): Promise<void> {
    try {
      for (const [source, ids] of this.wanted) {
        this.wanted.delete(source);
        await this.renew(source, [...ids].sort(compareIds));
      }
    } catch {
      // As said above.
    } finally {
      this.running = false;
    }
  }

  private async renew(source: StreamSource, ids: readonly string[]): Promise<void> {
    for (let at = 0; at < ids.length; at += PAGE) {
      const page = ids.slice(at, at + PAGE);
      const ours = new Set(await this.list.touch(source.stream, page, monotonicNow() + REPLY_MS));
      for (const id of page) if (!ours.has(id)) await this.lookFor(source, id);
    }
  }

  /** Not pending for us: settled meanwhile, or another member's. */
  private async lookFor(source: StreamSource, id: string): Promise<void> {
    const { command, group, member } = this.parts;
    if (!source.holds(id)) return;
    const args = [source.stream, group, id, id, 1];
    const owner = pendingEntries(await command.call('XPENDING', args, REPLY_MS))[0]?.owner;
    if (owner !== undefined && owner !== member) source.loseId(id);
  }
}
