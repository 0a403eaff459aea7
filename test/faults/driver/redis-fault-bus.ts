import { statSync, truncateSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { provisionPython } from '../../services/python.js';
import { startRedis, type RedisServer } from '../../services/redis.js';
import { BrokerPath } from './broker-path.js';
import type { BusOptions, FaultBus, Party, Place, RunningFaultBus } from './fault-bus.interface.js';

export interface RunningRedis extends RunningFaultBus {
  /** As `restart`, after a power failure: what was not yet flushed to disk is gone. */
  loseUnflushed(): Promise<void>;
  /** Without a proxy between. */
  readonly url: string;
  /** Answers nobody for so long, and then goes on. */
  freeze(ms: number): Promise<void>;
}

export const redisFaultBus: FaultBus<RunningRedis> = {
  name: 'Redis',
  async start(options: BusOptions): Promise<RunningRedis> {
    const everySecond = ['--appendfsync', 'everysec', '--auto-aof-rewrite-percentage', '0'];
    const server = await startRedis({
      persistent: true,
      args: options.durability === 'everySecond' ? everySecond : [],
    });
    const [consumers, reference, sender] = await Promise.all([
      pathTo(server),
      pathTo(server),
      pathTo(server),
    ]);
    return new RedisFaultBus(server, options, { consumers, reference, sender });
  },
};

async function pathTo({ port }: RedisServer): Promise<BrokerPath> {
  return new BrokerPath([await TcpProxy.to(port)]);
}

const REFERENCE = join(import.meta.dirname, '..', 'processes', 'reference_consumer.py');
/** `appendfsync everysec` may leave so much unflushed. */
const UNFLUSHED_MS = 1_000;
const SAMPLE_MS = 50;

class RedisFaultBus implements RunningRedis {
  readonly replies = {
    read: /event_data/,
    settled: /^:[1-9]\d*\r\n/,
    published: /^\$\d+\r\n\d+-\d+\r\n/,
  };
  readonly referenceSilenceMs = 20_000;
  private readonly sizes: { readonly at: number; readonly bytes: number }[] = [];
  private readonly sampling: NodeJS.Timeout | undefined;

  constructor(
    private readonly server: RedisServer,
    private readonly options: BusOptions,
    readonly paths: Readonly<Record<Party, BrokerPath>>,
  ) {
    if (options.durability === 'everySecond')
      this.sampling = setInterval(() => this.sample(), SAMPLE_MS);
  }

  /** Redis makes it. */
  async makeTopic(): Promise<void> {}

  transport(party: Party, consumerName: string) {
    return {
      module: 'transport/redis/index.js',
      factory: 'redisTransport',
      options: {
        url: this.urlOf(party),
        streamMaxLen: this.options.keep,
        pollTimeout: 1,
        consumerName,
      },
    };
  }

  async reference({ topic, group, member }: Place) {
    const { program, args } = await provisionPython();
    const bus = this.urlOf('reference');
    return { program, args: [...args, '-B', REFERENCE, bus, topic, group, member] };
  }

  restart(): Promise<void> {
    return this.server.restart();
  }

  async loseUnflushed(): Promise<void> {
    await this.server.kill();
    const flushedBy = Date.now() - UNFLUSHED_MS;
    const flushed = this.sizes.findLast(({ at }) => at <= flushedBy);
    const file = this.appendFile();
    if (flushed && file) truncateSync(file, flushed.bytes);
    await this.server.restart();
  }

  async stop(): Promise<void> {
    clearInterval(this.sampling);
    await Promise.all(Object.values(this.paths).map((path) => path.stop()));
    await this.server.stop();
  }

  get url(): string {
    return this.server.url;
  }

  async freeze(ms: number): Promise<void> {
    await this.server.kill('SIGSTOP');
    await sleep(ms);
    await this.server.kill('SIGCONT');
  }

  private urlOf(party: Party): string {
    return `redis://${this.paths[party].addresses[0]}/0`;
  }

  private sample(): void {
    const file = this.appendFile();
    if (file) this.sizes.push({ at: Date.now(), bytes: statSync(file).size });
    if (this.sizes.length > 200) this.sizes.shift();
  }

  /** The file that Redis appends to, once it is there. */
  private appendFile(): string | undefined {
    try {
      const folder = join(this.server.folder, 'appendonlydir');
      const name = readdirSync(folder).find((file) => file.endsWith('.incr.aof'));
      return name && join(folder, name);
    } catch {
      return undefined;
    }
  }
}
