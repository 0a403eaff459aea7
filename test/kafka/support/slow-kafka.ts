import { CONTENT_KEY, NUMBERED_TYPE } from '../../faults/driver/numbered-events.js';
import {
  type SlowApplication,
  type SlowProcessConfig,
  SlowProcesses,
} from '../../faults/driver/slow-processes.js';
import type { KafkaTransportOptions } from '../../../lib/transport/kafka/index.js';
import { sharedRegistryUrl } from '../../services/shared-kafka.js';
import { KafkaApps } from './kafka-apps.js';
import { KafkaWorkbench } from './kafka-workbench.js';

export interface SlowKafkaConfig extends Omit<SlowProcessConfig, 'transport'> {
  readonly transport?: KafkaTransportOptions;
}

/** Applications with a slow handler in processes of their own, on Kafka, and events for them. */
export class SlowKafka {
  private prepared?: SlowProcesses;

  constructor(
    private readonly bench: KafkaWorkbench,
    private readonly apps: KafkaApps,
  ) {}

  /** On the shared Kafka, for a test file: each test has a topic of its own, and its processes end with it. */
  static forEachTest(): SlowKafka {
    const [bench, apps] = [new KafkaWorkbench(), new KafkaApps()];
    const slow = new SlowKafka(bench, apps);
    beforeAll(() => slow.prepare());
    beforeEach(() => slow.newTopic());
    afterEach(() => slow.kill());
    afterAll(async () => {
      await apps.close();
      await Promise.all([bench.close(), slow.end()]);
    });
    return slow;
  }

  async prepare(): Promise<void> {
    this.prepared = await SlowProcesses.prepare();
  }

  get topic(): string {
    return this.processes.topic;
  }

  get group(): string {
    return this.processes.group;
  }

  /** A topic and a group, for one test. */
  async newTopic(partitions = 1): Promise<void> {
    this.processes.topic = await this.bench.topic(partitions);
    this.processes.group = this.bench.newName('group');
  }

  start({ transport, ...config }: SlowKafkaConfig): SlowApplication {
    const options = {
      brokers: this.bench.brokers,
      sessionTimeout: 6,
      schemaRegistry: { url: sharedRegistryUrl() },
      ...transport,
    };
    const plan = {
      ...{ module: 'transport/kafka/index.js', factory: 'kafkaTransport' },
      options,
    };
    return this.processes.start({ ...config, transport: plan });
  }

  /** Sends events that are numbered from 0, or from another number. */
  async send(count: number, from = 0): Promise<void> {
    const producer = await this.apps.producer();
    const options = { topic: this.topic, keyField: 'redemption.subsidy_identifier' };
    for (let n = from; n < from + count; n++) {
      const redemption = { subsidy_identifier: 's', content_key: CONTENT_KEY, lms_user_id: n };
      await producer.send(NUMBERED_TYPE, { redemption }, { ...options, timeout: 60_000 });
    }
  }

  /** The offset with which the group goes on, -1 where it has none. */
  async committed(): Promise<string> {
    const [offset] = await this.bench.committed(this.processes.group, this.topic);
    return offset!;
  }

  /** How many members the group has. */
  members(): Promise<number> {
    return this.bench.members(this.processes.group);
  }

  async kill(): Promise<void> {
    await this.prepared?.kill();
  }

  async end(): Promise<void> {
    await this.prepared?.end();
  }

  private get processes(): SlowProcesses {
    if (!this.prepared) throw new Error('prepare() comes first');
    return this.prepared;
  }
}

/** Lines of what was said that begin with a word. */
export function linesOf(word: string, { said }: SlowApplication): string[] {
  return said.filter((line) => line.startsWith(`${word} `));
}
