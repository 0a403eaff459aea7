import type { HealthBoard } from '../common/health-board.js';
import { openClient, type ClientManners } from './client/open-client.js';
import type { RedisClient, RedisClientClasses } from './client/redis-client.js';
import { CONNECTION_OPTIONS, RedisConnection } from './connection/redis-connection.js';
import type { Reading, RedisDeployment } from './connection/redis-deployment.js';
import { wantsNewConnection } from './client/redis-errors.js';
import { RedisPublisher } from './publishing/redis-publisher.js';
import type { RedisSettings } from './settings/redis-settings.js';
import { XaddPipeline } from './publishing/xadd-pipeline.js';

/** One server, or a master that Sentinels name: one connection to publish, one for commands, one for each read. */
export class SingleRedis implements RedisDeployment {
  readonly command: RedisConnection;
  readonly publisher: RedisPublisher;
  private readonly produce: RedisConnection;

  constructor(
    private readonly classes: RedisClientClasses,
    private readonly settings: RedisSettings,
    private readonly health: HealthBoard,
  ) {
    this.produce = this.connection('publishing', {}, () => this.publisher.write());
    this.command = this.connection('commands');
    this.publisher = new RedisPublisher(
      this.produce,
      new XaddPipeline(classes, settings.streamMaxLen),
    );
  }

  get inner(): RedisClient {
    return this.produce.inner;
  }

  async ping(deadline: number): Promise<void> {
    await this.produce.request('PING', [], deadline);
  }

  openReadings(streams: readonly string[], part: string): readonly Reading[] {
    const read = this.connection(part, { isForReads: true });
    return [{ streams, part, read, beside: this.command }];
  }

  everyServer(): Promise<readonly RedisConnection[]> {
    return Promise.resolve([this.command]);
  }

  close(): void {
    this.produce.close();
    this.command.close();
  }

  private connection(
    part: string,
    special: Pick<ClientManners, 'isForReads'> = {},
    up?: () => void,
  ): RedisConnection {
    const { connection, askCredentials } = this.settings;
    const options = { ...connection.reveal(), ...CONNECTION_OPTIONS };
    const manners: ClientManners = {
      renewsOn: wantsNewConnection,
      askCredentials,
      ...special,
      tell: (what) => this.health.warnOnce(what),
    };
    return new RedisConnection(() => openClient(this.classes.Redis, options, manners), {
      up: () => {
        this.health.healed(part);
        up?.();
      },
      down: (error) => this.health.failed(part, error),
    });
  }
}
