import type { RedisConnection } from '../connection/redis-connection.js';
import type { CommandPort } from '../connection/redis-deployment.js';
import { text } from '../client/redis-reply.js';
import { pauseFor } from '../../../common/waiting.js';

const REPLY_MS = 5_000;
const TRIES = 10;

/** Calls back a read that waits at Redis, by way of another connection to the same server. */
export class BlockedRead {
  private clientId = '';
  private calling = false;

  constructor(
    private readonly read: RedisConnection,
    private readonly beside: CommandPort,
  ) {}

  /** To be called on each new connection. Without the right to CLIENT ID no read can be called back. */
  async meetConnection(): Promise<void> {
    const before = this.clientId;
    this.clientId = text(await this.read.call('CLIENT', ['ID'], REPLY_MS).catch(() => ''));
    if (before === '' || before === this.clientId) return;
    // Where Redis does not know that the connection before is gone, its read would be given what comes next.
    await this.read.call('CLIENT', ['UNBLOCK', before], REPLY_MS).catch(() => undefined);
  }

  get canBeCalledBack(): boolean {
    return this.clientId !== '' && this.beside.isReady && this.read.isReady;
  }

  /** Tries while the read still waits. Where that fails, it ends when its block time is over. */
  async callBack(stillWaits: () => boolean): Promise<void> {
    if (this.calling || !this.canBeCalledBack) return;
    this.calling = true;
    try {
      for (let i = 1; i <= TRIES && stillWaits(); i++) {
        const reply = await this.beside.call('CLIENT', ['UNBLOCK', this.clientId], REPLY_MS);
        if (Number(reply) === 1) break;
        // The read has not reached Redis yet, or has just been answered.
        await pauseFor(2 * i);
      }
    } catch {
      // As said above.
    } finally {
      this.calling = false;
    }
  }
}
