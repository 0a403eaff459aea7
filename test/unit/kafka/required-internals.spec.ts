import kafkajs from 'kafkajs';
import {
  installedKafkajs,
  unsupportedKafkajs,
} from '../../../lib/transport/kafka/kafkajs/patches/kafkajs-version.js';
import { requireInternals } from '../../../lib/transport/kafka/kafkajs/patches/required-internals.js';

const { Kafka } = kafkajs;
type Changing = Record<string | symbol, unknown>;

/** A kafkajs whose clusters are changed. */
function kafkaWith(change: (cluster: Changing, kafka: Changing) => void): typeof Kafka {
  return class extends Kafka {
    constructor(config: kafkajs.KafkaConfig) {
      super(config);
      const makers = this as unknown as Record<symbol, (...args: unknown[]) => Changing>;
      const key = Object.getOwnPropertySymbols(this).find(({ description }) =>
        description?.endsWith(':createCluster'),
      )!;
      const make = makers[key]!;
      makers[key] = (...args) => {
        const cluster = make(...args);
        change(cluster, this as unknown as Changing);
        return cluster;
      };
    }
  };
}

const poolOf = (cluster: Changing) => cluster['brokerPool'] as Changing;

/** Each of a pool's connections, before anybody sees them. */
function changeConnections(cluster: Changing, change: (connection: Changing) => void): void {
  const builder = poolOf(cluster)['connectionPoolBuilder'] as { build(): Promise<Changing> };
  const build = builder.build.bind(builder);
  builder.build = async () => {
    const pool = await build();
    (pool['pool'] as Changing[]).forEach(change);
    return pool;
  };
}

function changeBrokers(cluster: Changing, change: (broker: Changing) => void): void {
  const pool = poolOf(cluster);
  const create = pool['createBroker'] as (options: object) => Changing;
  pool['createBroker'] = (options: object) => {
    const broker = create(options);
    change(broker);
    return broker;
  };
}

it('the installed kafkajs has every part that is replaced or read', async () => {
  await expect(requireInternals(Kafka)).resolves.toBeUndefined();
});

it.each<[string, typeof Kafka]>([
  ['Cluster.findBroker', kafkaWith((cluster) => (cluster['findBroker'] = undefined))],
  ['Cluster.targetTopics', kafkaWith((cluster) => delete cluster['targetTopics'])],
  ['Cluster.brokerPool', kafkaWith((cluster) => delete cluster['brokerPool'])],
  ['BrokerPool.createBroker', kafkaWith((cluster) => delete poolOf(cluster)['createBroker'])],
  ['BrokerPool.metadata', kafkaWith((cluster) => delete poolOf(cluster)['metadata'])],
  [
    'RequestQueue.pending',
    kafkaWith((cluster) =>
      changeConnections(cluster, (one) => delete (one['requestQueue'] as Changing)['pending']),
    ),
  ],
  [
    'Broker.offsetCommit',
    kafkaWith((cluster) => changeBrokers(cluster, (one) => (one['offsetCommit'] = undefined))),
  ],
  [
    'Broker.versions',
    kafkaWith((cluster) => changeBrokers(cluster, (one) => delete one['versions'])),
  ],
])('a kafkajs without %s is refused by that name', async (part, Lacking) => {
  await expect(requireInternals(Lacking)).rejects.toMatchObject({
    code: 'CONFIGURATION',
    problems: [
      {
        setting: 'kafkajs',
        found: `a version without ${part}`,
        allowed: expect.stringContaining('npm install kafkajs@~2.2.4'),
      },
    ],
  });
});

it('the version that was found is named where it is known', async () => {
  const Lacking = kafkaWith((cluster) => delete cluster['targetTopics']);
  await expect(requireInternals(Lacking, '2.9.1')).rejects.toMatchObject({
    problems: [{ setting: 'kafkajs', found: '2.9.1 without Cluster.targetTopics' }],
  });
  await expect(installedKafkajs()).resolves.toMatch(/^2\.2\.\d+$/);
  expect(unsupportedKafkajs('the internal cluster object').message).toBe(
    'unsupported kafkajs version (required: 2.2): the internal cluster object not found',
  );
});

it('a kafkajs that makes its clusters elsewhere is refused', async () => {
  const Elsewhere = class {
    admin = () => undefined;
  } as unknown as typeof Kafka;
  await expect(requireInternals(Elsewhere)).rejects.toThrow('Kafka.createCluster');
});
