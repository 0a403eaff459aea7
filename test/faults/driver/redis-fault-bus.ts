import { statSync, truncateSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { provisionPython } from '../../services/python.js';
import { startRedis, type RedisServer } from '../../services/redis.js';
import type { BusOptions, FaultBus, RunningFaultBus } from './fault-bus.interface.js';

export const redisFaultBus: FaultBus = {
  name: 'Redis',
  async start(options: BusOptions): Promise<RunningFaultBus> {
    const everySecond = ['--appendfsync', 'everysec', '--auto-aof-rewrite-percentage', '0'];
    const server = await startRedis({
      persistent: true,
      args: options.durability === 'everySecond' ? everySecond : [],
    });
    return new RedisFaultBus(server, options);
  },
};

const REFERENCE = join(import.meta.dirname, '..', 'processes', 'reference_consumer.py');
/** `appendfsync everysec` may leave so much unflushed. */
const UNFLUSHED_MS = 1_000;
const SAMPLE_MS = 50;

class RedisFaultBus implements RunningFaultBus {
  readonly replies = {
    read: /event_data/,
    settled: /^:[1-9]\d*\r\n/,
    published: /^\$\d+\r\n\d+-\d+\r\n/,
  };
  private readonly proxies: TcpProxy[] = [];
  private readonly sizes: { readonly at: number; readonly bytes: number }[] = [];
  private readonly sampling: NodeJS.Timeout | undefined;

  constructor(
    private readonly server: RedisServer,
    private readonly options: BusOptions,
  ) {
    if (options.durability === 'everySecond')
      this.sampling = setInterval(() => this.sample(), SAMPLE_MS);
  }

  async proxy(): Promise<TcpProxy> {
    const proxy = await TcpProxy.to(this.server.port);
    this.proxies.push(proxy);
    return proxy;
  }

  transport({ port }: TcpProxy, consumerName: string) {
    return {
      module: 'transport/redis/index.js',
      factory: 'redisTransport',
      options: {
        url: `redis://127.0.0.1:${port}/0`,
        streamMaxLen: this.options.keep,
        pollTimeout: 1,
        consumerName,
      },
    };
  }

  async reference(
    { port }: TcpProxy,
    { topic, group, member }: { topic: string; group: string; member: string },
  ) {
    const { program, args } = await provisionPython();
    const url = `redis://127.0.0.1:${port}/0`;
    return { program, args: [...args, '-B', REFERENCE, url, topic, group, member] };
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
    await Promise.all(this.proxies.map((proxy) => proxy.stop()));
    await this.server.stop();
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
