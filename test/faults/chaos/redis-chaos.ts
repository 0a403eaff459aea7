import { Redis } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';
import { startRedis, type RedisServer } from '../../services/redis.js';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { BrokerPath } from '../driver/broker-path.js';
import type { ChaosSetting, FaultKind } from './chaos-plan.js';
import { type ChaosRun, GROUP } from './chaos-run.js';
import type { ChaosStage, ChaosTransport } from './chaos-stage.interface.js';
import { memberFaults, networkFaults, processFaults, type Recoveries } from './common-faults.js';

/** More than any run sends. */
const ALL = 10_000_000;
const CLAIM_IDLE = 10;

class RedisStage implements ChaosStage {
  readonly admin: Redis;

  constructor(
    readonly server: RedisServer,
    readonly topic: string,
    private readonly paths: ReadonlyMap<string, BrokerPath>,
    private readonly singleActive: boolean,
  ) {
    this.admin = new Redis(server.port, '127.0.0.1', { maxRetriesPerRequest: null });
    this.admin.on('error', () => undefined);
  }

  transport(party: string) {
    return {
      module: 'transport/redis/index.js',
      factory: 'redisTransport',
      options: {
        url: `redis://${this.path(party).addresses[0]}/0`,
        streamMaxLen: ALL,
        pollTimeout: 1,
        claimIdle: CLAIM_IDLE,
        consumerName: party,
        singleActive: this.singleActive,
      },
    };
  }

  path(party: string): BrokerPath {
    return this.paths.get(party)!;
  }

  async stop(): Promise<void> {
    this.admin.disconnect();
    await Promise.all([...this.paths.values()].map((path) => path.stop()));
    await this.server.stop();
  }
}

async function stageOf(
  { members }: ChaosSetting,
  topic: string,
  singleActive: boolean,
): Promise<RedisStage> {
  const server = await startRedis({ persistent: true });
  const parties = [...Array.from({ length: members }, (_, i) => `member-${i + 1}`), 'sender'];
  const paths = await Promise.all(
    parties.map(async (party): Promise<[string, BrokerPath]> => [
      party,
      new BrokerPath([await TcpProxy.to(server.port)]),
    ]),
  );
  return new RedisStage(server, topic, new Map(paths), singleActive);
}

const serverFaults: readonly FaultKind<RedisStage>[] = [
  {
    ...{ kind: 'freeze-redis', weight: 2, targets: ['broker'], seconds: [0.5, 15], recovery: 12 },
    act: async ({ stage }, { seconds }) => {
      await stage.server.kill('SIGSTOP');
      await sleep(seconds * 1_000);
      await stage.server.kill('SIGCONT');
    },
  },
  {
    ...{ kind: 'kill-redis', weight: 2, targets: ['broker'], seconds: [0, 6], recovery: 12 },
    act: async ({ stage }, { seconds }) => {
      await stage.server.kill('SIGKILL');
      await sleep(seconds * 1_000);
      await stage.server.restart();
    },
  },
];

const soon = { targets: ['topic'], seconds: [0, 0.2] } as const;

/** What administrators do. Nothing that is not handled yet is lost by it. */
const topicFaults: readonly FaultKind<RedisStage>[] = [
  {
    ...{ kind: 'trim', weight: 2, recovery: 0, ...soon },
    act: async ({ stage: { admin, topic } }) => {
      // In this order: what is delivered in between is pending, and stays.
      const position = await positionOf(admin, topic);
      const [count, first] = (await admin.xpending(topic, GROUP)) as [number, string | null];
      await admin.xtrim(topic, 'MINID', count > 0 && first !== null ? first : position);
    },
  },
  {
    ...{ kind: 'delete-lease-keys', weight: 3, recovery: 12, ...soon },
    act: async ({ stage: { admin, topic } }) => {
      const keys = await admin.keys(`${topic}:*`);
      if (keys.length > 0) await admin.del(...keys);
    },
  },
  {
    ...{ kind: 'move-group-back', weight: 1, recovery: 5, amounts: [10, 200], ...soon },
    act: async ({ stage: { admin, topic } }, { amount }) => {
      const position = await positionOf(admin, topic);
      const before = await admin.xrevrange(topic, position, '-', 'COUNT', amount);
      const last = before.at(-1);
      if (last) await admin.xgroup('SETID', topic, GROUP, last[0]);
    },
  },
  {
    ...{ kind: 'kill-clients', weight: 1, recovery: 5, ...soon },
    act: async ({ stage: { admin } }) => {
      await admin.call('CLIENT', 'KILL', 'TYPE', 'normal');
    },
  },
  {
    ...{ kind: 'remake-topic', weight: 1, recovery: 10, ...soon },
    act: async (run: ChaosRun<RedisStage>) => {
      const { admin, topic } = run.stage;
      await run.whileAllIsHandled(60_000, async () => {
        await admin.del(topic);
      });
    },
  },
];

async function positionOf(admin: Redis, topic: string): Promise<string> {
  const groups = (await admin.xinfo('GROUPS', topic)) as unknown[][];
  const flat = groups[0] ?? [];
  return String(flat[flat.indexOf('last-delivered-id') + 1]);
}

function kindsFor(recoveries: Recoveries, members: readonly string[]): FaultKind<RedisStage>[] {
  return [
    ...processFaults(recoveries),
    ...networkFaults(recoveries, members),
    ...memberFaults({ clocks: undefined }),
    ...serverFaults,
    ...topicFaults,
  ];
}

const names = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `member-${i + 1}`);

function redisChaos(
  name: string,
  singleActive: boolean,
  members: readonly number[],
  recoveries: Recoveries,
): ChaosTransport<RedisStage> {
  return {
    ...{ name, members, perSecond: 200 },
    kinds: kindsFor(recoveries, names(Math.max(...members))),
    isOrdered: (setting) => singleActive || setting.members === 1,
    start: (setting, topic) => stageOf(setting, topic, singleActive),
  };
}

/** One member, whose order is promised, or several that share the stream. */
export const REDIS = redisChaos('redis', false, [1, 2, 3], {
  // What a member that died had in hand is claimed after `claimIdle`, by a look every 5 s.
  ...{ death: CLAIM_IDLE + 8, leave: 8, silence: 12, cut: 5 },
});

export const REDIS_SINGLE_ACTIVE = redisChaos('redis-single-active', true, [2, 3], {
  ...{ death: 15, leave: 10, silence: 15, cut: 8 },
});
