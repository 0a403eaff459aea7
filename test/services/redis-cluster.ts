import { Redis } from 'ioredis';
import { keySlot } from '../../lib/transport/redis/connection/key-slot.js';
import { lastingPorts } from './ports.js';
import { startRedis, type RedisServer } from './redis.js';
import { until } from './until.js';

const SLOTS = 16_384;
const MASTERS = 3;

export interface RedisClusterNode {
  readonly server: RedisServer;
  readonly port: number;
  /** The name that the cluster knows it by. */
  readonly id: string;
}

/** A Redis Cluster of three masters on the loopback address. Whoever started it stops it. */
export interface RedisCluster {
  readonly masters: readonly RedisClusterNode[];
  /** Of the first master. */
  readonly replica: RedisClusterNode | undefined;
  /** The master that has the key, as far as `moveSlot` moved it. */
  masterOf(key: string): RedisClusterNode;
  /** Moves the slot of a key, with what is in it, from the master that has it now to another. */
  moveSlot(key: string, to: RedisClusterNode): Promise<void>;
  /** One command to one node. */
  ask(node: RedisClusterNode, command: string, ...args: (string | number)[]): Promise<unknown>;
  stop(): Promise<void>;
}

/**
 * Starts the nodes and makes them one. Resolves when every node says that the cluster is whole, and
 * the replica (where one is asked for) is in step. A master that is gone is replaced after some 4 s.
 */
export async function startRedisCluster(
  options: { readonly replica?: boolean } = {},
): Promise<RedisCluster> {
  const count = MASTERS + (options.replica ? 1 : 0);
  const ports = await lastingPorts(2 * count);
  const servers = await Promise.all(
    Array.from({ length: count }, (_, i) => startNode(ports[2 * i]!, ports[2 * i + 1]!)),
  );
  const clients = new Map(servers.map(({ port }) => [port, bareClient(port)]));
  const ask: RedisCluster['ask'] = (node, command, ...args) =>
    clients.get(node.port)!.call(command, ...args);
  const stop = async (): Promise<void> => {
    for (const client of clients.values()) client.disconnect();
    await Promise.all(servers.map((server) => server.stop()));
  };
  try {
    const nodes = await Promise.all(
      servers.map(async (server): Promise<RedisClusterNode> => {
        const id = String(await clients.get(server.port)!.call('CLUSTER', 'MYID'));
        return { server, port: server.port, id };
      }),
    );
    const masters = nodes.slice(0, MASTERS);
    const replica = nodes[MASTERS];
    const share = Math.ceil(SLOTS / MASTERS);
    for (const [i, node] of nodes.entries()) {
      await ask(node, 'CLUSTER', 'SET-CONFIG-EPOCH', i + 1);
      const range = [i * share, Math.min(SLOTS, (i + 1) * share) - 1];
      if (i < MASTERS) await ask(node, 'CLUSTER', 'ADDSLOTSRANGE', ...range);
      const bus = ports[2 * i + 1]!;
      if (i > 0) await ask(nodes[0]!, 'CLUSTER', 'MEET', '127.0.0.1', node.port, bus);
    }
    const says = async (node: RedisClusterNode, what: RegExp): Promise<boolean> =>
      what.test(String(await ask(node, 'CLUSTER', 'INFO')));
    const whole = new RegExp(`cluster_state:ok[^]*cluster_known_nodes:${count}\\b`);
    for (const node of nodes) await until(`the cluster, for ${node.port}`, () => says(node, whole));
    if (replica) {
      await ask(replica, 'CLUSTER', 'REPLICATE', masters[0]!.id);
      await until('the replica in step', async () =>
        String(await ask(replica, 'INFO', 'replication')).includes('master_link_status:up'),
      );
    }
    const moved = new Map<number, RedisClusterNode>();
    const masterOf = (key: string): RedisClusterNode =>
      moved.get(keySlot(key)) ?? masters[Math.floor(keySlot(key) / share)]!;
    return {
      masters,
      replica,
      ask,
      stop,
      masterOf,
      moveSlot: async (key, to) => {
        await moveSlot(keySlot(key), { from: masterOf(key), to, masters, ask });
        moved.set(keySlot(key), to);
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** As redis-cli does: the keys go one after the other, then every master is told. */
async function moveSlot(
  slot: number,
  {
    from,
    to,
    masters,
    ask,
  }: {
    from: RedisClusterNode;
    to: RedisClusterNode;
    masters: readonly RedisClusterNode[];
    ask: RedisCluster['ask'];
  },
): Promise<void> {
  await ask(to, 'CLUSTER', 'SETSLOT', slot, 'IMPORTING', from.id);
  await ask(from, 'CLUSTER', 'SETSLOT', slot, 'MIGRATING', to.id);
  const keys = (await ask(from, 'CLUSTER', 'GETKEYSINSLOT', slot, 1_000)) as string[];
  for (const key of keys) await ask(from, 'MIGRATE', '127.0.0.1', to.port, key, 0, 5_000);
  for (const node of [to, from, ...masters.filter((one) => one !== to && one !== from)])
    await ask(node, 'CLUSTER', 'SETSLOT', slot, 'NODE', to.id);
}

function startNode(port: number, bus: number): Promise<RedisServer> {
  const cluster = ['--cluster-enabled', 'yes', '--cluster-port', `${bus}`];
  const timing = ['--cluster-node-timeout', '3000', '--cluster-announce-ip', '127.0.0.1'];
  return startRedis({ port, persistent: true, args: [...cluster, ...timing] });
}

function bareClient(port: number): Redis {
  return new Redis({ port, maxRetriesPerRequest: null }).on('error', () => undefined);
}
