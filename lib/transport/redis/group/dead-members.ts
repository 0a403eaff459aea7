import { monotonicNow } from '../../../common/clocks.js';
import { leaseKey } from '../leases/lease.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import { faultOf } from '../client/redis-errors.js';
import { infoMaps, infoNumber, text } from '../client/redis-reply.js';

const REPLY_MS = 5_000;
const EVERY_MS = 60_000;

/**
 * Looks once more and removes in one step: whatever is delivered to the member between our look and
 * the removal would be lost with it.
 */
const REMOVE = `
for _, info in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local member = {}
  for i = 1, #info, 2 do member[info[i]] = info[i + 1] end
  if member['name'] == ARGV[2] and member['pending'] == 0 and member['idle'] >= tonumber(ARGV[3])
    and redis.call('EXISTS', KEYS[2]) == 0 then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
    return 1
  end
end
return 0`;

export interface DeadMembersParts {
  readonly connection: RedisConnection;
  readonly group: string;
  readonly member: string;
  /** How long a member must have asked Redis for nothing. */
  readonly idleMs: number;
}

/** Removes from a group the members that have long gone and have nothing pending. */
export class DeadMembers {
  private nextAt = 0;

  constructor(private readonly parts: DeadMembersParts) {}

  /** Where Redis does not let us, they stay. Rejects when Redis cannot be asked. */
  async remove(streams: readonly string[]): Promise<void> {
    const { idleMs } = this.parts;
    if (monotonicNow() < this.nextAt) return;
    this.nextAt = monotonicNow() + Math.min(EVERY_MS, idleMs);
    try {
      for (const stream of streams) await this.removeFrom(stream);
    } catch (error) {
      if (faultOf(error) !== 'refused') throw error;
    }
  }

  private async removeFrom(stream: string): Promise<void> {
    const { connection, group, member, idleMs } = this.parts;
    const reply = await connection.call('XINFO', ['CONSUMERS', stream, group], REPLY_MS);
    for (const info of infoMaps(reply)) {
      const name = text(info.get('name'));
      const isDead = infoNumber(info, 'pending') === 0 && (infoNumber(info, 'idle') ?? 0) >= idleMs;
      if (name === member || !isDead) continue;
      const keys = [stream, leaseKey(stream, group, name)];
      await connection.call('EVAL', [REMOVE, 2, ...keys, group, name, idleMs], REPLY_MS);
    }
  }
}
