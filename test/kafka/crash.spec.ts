import * as kafkajs from 'kafkajs';
import { kafkaTransport } from '../../lib/transport/kafka/index.js';
import { sharedRegistryUrl } from '../services/shared-kafka.js';
import { until } from '../services/until.js';
import { startEventReader } from '../support/event-reader.js';
import { KafkaApps, upTo } from './support/kafka-apps.js';
import { KafkaWorkbench } from './support/kafka-workbench.js';

/** kafkajs whose consumers cannot join again while it is told so: their assigner throws. */
function breakable() {
  const state = { isBroken: false, joins: 0 };
  class Kafka extends kafkajs.Kafka {
    override consumer(config: kafkajs.ConsumerConfig): kafkajs.Consumer {
      const partitionAssigners = config.partitionAssigners!.map(
        (make): kafkajs.PartitionAssigner =>
          (given) => {
            const assigner = make(given);
            const protocol: kafkajs.Assigner['protocol'] = (subscription) => {
              state.joins++;
              if (state.isBroken) throw new TypeError('cannot read properties of undefined');
              return assigner.protocol(subscription);
            };
            return { ...assigner, protocol };
          },
      );
      return super.consumer({ ...config, partitionAssigners });
    }
  }
  return { state, client: { ...kafkajs, Kafka } };
}

describe('a kafkajs consumer that has crashed for good', () => {
  const bench = new KafkaWorkbench();
  const apps = new KafkaApps();
  const place = async () => ({ topic: await bench.topic(2), group: bench.newName('group') });
  afterAll(async () => {
    await apps.close();
    await bench.close();
  });

  it('is made anew with growing waits, the status says so meanwhile, and no event is lost (K-13)', async () => {
    const { topic, group } = await place();
    const { state, client } = breakable();
    const app = await apps.start({ topic, group, transport: { client } });
    await apps.send(topic, upTo(10), String);
    await until('the first events', () => app.handled.length === 10);
    state.isBroken = true;
    // Another member has the first one join again, which is then not possible.
    const other = await apps.start({ topic, group });
    await until('the crash', () => app.status.snapshot().state === 'degraded');
    expect(app.status.snapshot().error?.message).toContain('cannot read properties');
    await apps.send(topic, upTo(20, 11), String);
    const before = state.joins;
    await until('some tries', () => state.joins >= before + 2);
    expect(app.status.healthy).toBe(true);
    state.isBroken = false;
    await until('the recovery', () => app.status.snapshot().state === 'running');
    await other.close();
    await apps.send(topic, upTo(30, 21), String);
    await until('the last events', () => app.handled.length + other.handled.length >= 30);
    expect([...app.handled, ...other.handled].sort((a, b) => a - b)).toEqual(upTo(30));
    expect(app.log.matching('lost its subscription, resubscribing').length).toBeLessThan(4);
    expect(app.log.matching('resubscribed')).toHaveLength(1);
  }, 120_000);

  it('that cannot be made anew is the end: status, health and the exit code say so (K-13)', async () => {
    const { topic, group } = await place();
    const { state, client } = breakable();
    const fatal: Error[] = [];
    const reader = await startEventReader({
      ...{ topic, group, timing: { rebuildLimitMs: 2_000 } },
      transport: kafkaTransport({
        ...{ client, brokers: bench.brokers, sessionTimeout: 6 },
        schemaRegistry: { url: sharedRegistryUrl() },
      }),
      onFatal: (error) => fatal.push(error),
    });
    state.isBroken = true;
    const other = await apps.start({ topic, group });
    await until('the failure', () => fatal.length > 0, 60_000);
    expect(fatal[0]!.message).toContain('cannot read properties');
    expect([reader.status.snapshot().state, reader.status.healthy]).toEqual(['failed', false]);
    await Promise.all([other.close(), reader.stop()]);
  }, 90_000);
});
