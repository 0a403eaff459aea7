import { monotonicNow } from '../../../common/clocks.js';
import { EventBusError } from '../../../errors/index.js';
import type { LaterRetries, RetryTopic } from '../../later-retries.interface.js';
import { probeKey } from '../client/key-probe.js';
import { serviceFault } from '../client/redis-errors.js';
import { requestAgain } from '../client/request-again.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import { brokerTime } from '../consuming/read-bound.js';

const ANSWER_MS = 10_000;
/** A failover, or a correction of its clock, may change the time of Redis. */
const ASK_EACH_MS = 10_000;

/** Records that wait in streams: their ids tell by the clock of Redis since when. */
export class RedisLaterRetries implements LaterRetries {
  private known: { readonly aheadMs: number; readonly at: number } | undefined;
  private asking: Promise<number> | undefined;

  constructor(private readonly connection: RedisConnection) {}

  /** Tries what is done with a stream, without an effect, so that a missing right or a wrong key shows. */
  async prepare({ name }: RetryTopic): Promise<void> {
    const ask = (command: string, args: readonly (string | number)[]) => () =>
      requestAgain((deadline) => this.connection.request(command, [name, ...args], deadline));
    try {
      // No entry can have this id, and Redis looks at it last.
      await probeKey(name, 'stream', ask('XADD', ['NOMKSTREAM', '0-0', 'probe', '']));
      await probeKey(name, 'stream', ask('XDEL', ['0-1']));
      await requestAgain((deadline) => this.ask(deadline));
    } catch (error) {
      throw error instanceof EventBusError ? error : serviceFault(error, { topic: name });
    }
  }

  now(): number | Promise<number> {
    const now = monotonicNow();
    const { known } = this;
    if (known && now - known.at < ASK_EACH_MS) return now + known.aheadMs;
    this.asking ??= this.ask(now + ANSWER_MS).finally(() => (this.asking = undefined));
    return this.asking;
  }

  private async ask(deadline: number): Promise<number> {
    const time = await brokerTime(this.connection, deadline);
    const at = monotonicNow();
    // The reply took time: it is later than this, and never earlier.
    this.known = { aheadMs: Math.floor(time) - at, at };
    return Math.floor(time);
  }
}
