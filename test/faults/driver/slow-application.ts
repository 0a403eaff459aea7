import { Redis } from 'ioredis';
import { startRedis, type RedisServer } from '../../services/redis.js';
import { cli } from '../../support/cli.js';
import { NUMBERED_TYPE, numberedEvent } from './numbered-events.js';
import { type SlowApplication, type SlowProcessConfig, SlowProcesses } from './slow-processes.js';

/** As `SlowProcessConfig`, on the Redis at `url`. */
export interface SlowApplicationConfig extends Omit<SlowProcessConfig, 'transport'> {
  readonly url: string;
}

/** A Redis, a topic per test, and applications with a slow handler in group `g` of that topic. */
export class SlowApplications {
  private constructor(
    private readonly processes: SlowProcesses,
    readonly server: RedisServer,
    readonly redis: Redis,
  ) {}

  static async prepare(): Promise<SlowApplications> {
    const [processes, server] = await Promise.all([SlowProcesses.prepare(), startRedis()]);
    const redis = new Redis(server.url, { maxRetriesPerRequest: null });
    redis.on('error', () => undefined);
    return new SlowApplications(processes, server, redis);
  }

  get topic(): string {
    return this.processes.topic;
  }

  newTopic(): void {
    this.processes.newTopic();
  }

  start({ url, ...config }: SlowApplicationConfig): SlowApplication {
    const options = { url, consumerName: 'one', pollTimeout: 1 };
    const transport = {
      ...{ module: 'transport/redis/index.js', factory: 'redisTransport' },
      options,
    };
    return this.processes.start({ ...config, transport });
  }

  /** Sends events that are numbered from 0. */
  async send(count: number): Promise<void> {
    const stdin = Array.from({ length: count }, (_, n) => numberedEvent(n)).join('\n');
    const { code, log } = await cli(
      ['produce-event', '--type', NUMBERED_TYPE, '--topic', this.topic, '--data', '-'],
      {
        stdin,
        env: { EVENT_BUS_TRANSPORT: 'redis', EVENT_BUS_REDIS_CONNECTION_URL: this.server.url },
      },
    );
    if (code !== 0) throw new Error(`produce-event ended with ${code}:\n${log}`);
  }

  /** Entries that the group was given and did not acknowledge. */
  async pending(): Promise<number> {
    return Number((await this.redis.xpending(this.topic, 'g'))[0]);
  }

  kill(): Promise<void> {
    return this.processes.kill();
  }

  async end(): Promise<void> {
    this.redis.disconnect();
    await Promise.all([this.processes.end(), this.server.stop()]);
  }
}
