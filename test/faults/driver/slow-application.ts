import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { startRedis, type RedisServer } from '../../services/redis.js';
import { cli } from '../../support/cli.js';
import { buildLibrary, type BuiltLibrary } from './built-library.js';
import { NUMBERED_TYPE } from './numbered-events.js';
import { ReportingProcess } from './reporting-process.js';

/** What `processes/stopping.mjs` takes, besides the place of the library and of the events. */
export interface SlowApplicationConfig {
  readonly url: string;
  readonly handlerMs?: number;
  readonly fails?: boolean;
  /** The event in whose handler the process kills itself. */
  readonly deadly?: number;
  readonly ids?: boolean;
  readonly quiet?: boolean;
  readonly useProcessExit?: boolean;
  readonly bus?: Readonly<Record<string, unknown>>;
}

export interface SlowApplication {
  readonly process: ReportingProcess;
  readonly said: string[];
  says(line: string): Promise<void>;
}

const PROGRAM = join(import.meta.dirname, '..', 'processes', 'stopping.mjs');

/** A Redis, a topic per test, and applications with a slow handler in group `g` of that topic. */
export class SlowApplications {
  topic = '';
  private running: ReportingProcess[] = [];

  private constructor(
    private readonly library: BuiltLibrary,
    readonly server: RedisServer,
    readonly redis: Redis,
  ) {}

  static async prepare(): Promise<SlowApplications> {
    const [library, server] = await Promise.all([buildLibrary(), startRedis()]);
    const redis = new Redis(server.url, { maxRetriesPerRequest: null });
    redis.on('error', () => undefined);
    return new SlowApplications(library, server, redis);
  }

  newTopic(): void {
    this.topic = `slow-${randomUUID()}`;
  }

  start(config: SlowApplicationConfig): SlowApplication {
    const said: string[] = [];
    const place = { lib: this.library.address, type: NUMBERED_TYPE, topic: this.topic, group: 'g' };
    const program = {
      program: process.execPath,
      args: [PROGRAM, JSON.stringify({ ...place, ...config })],
    };
    const started = new ReportingProcess(program, (line) => said.push(line));
    this.running.push(started);
    const says = (line: string) => started.reaches(line, () => said.includes(line));
    return { process: started, said, says };
  }

  /** Sends events that are numbered from 0. */
  async send(count: number): Promise<void> {
    const stdin = Array.from({ length: count }, (_, n) =>
      JSON.stringify({ redemption: { subsidy_identifier: 's', content_key: 'c', lms_user_id: n } }),
    ).join('\n');
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

  async kill(): Promise<void> {
    await Promise.all(this.running.splice(0).map((each) => each.end('SIGKILL')));
  }

  async end(): Promise<void> {
    this.redis.disconnect();
    await Promise.all([this.library.remove(), this.server.stop()]);
  }
}
