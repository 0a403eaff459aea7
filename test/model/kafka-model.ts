import fc from 'fast-check';
import { seededRandom } from '../fuzz/fuzz-target.js';
import { ConsumingBus, recordOf } from '../support/consuming-bus.js';
import { HealthBoard } from '../../lib/transport/common/health-board.js';
import { Hidden } from '../../lib/common/hidden.js';
import type { FetchedRecord } from '../../lib/transport/kafka/kafka-driver.interface.js';
import type { KafkaSettings } from '../../lib/transport/kafka/settings/kafka-settings.js';
import { KafkaTransport } from '../../lib/transport/kafka/kafka-transport.js';
import { COMMIT_MODES, type CommitMode, KafkaGroup, SESSION_MS, TOPIC } from './kafka-group.js';
import { HANDLER_MODES, type HandlerMode, ModelHandlers } from './model-handlers.js';
import { span, type Step } from './step.js';
import { inHandOf } from './in-hand.js';
import { VirtualClock } from './virtual-clock.js';

const PARTITIONS = 3;
const MEMBERS = ['a', 'b', 'c'] as const;
const KEYS = 4;
/** The longest that all may take to be handled once nothing hinders it. */
const CALM_MS = 240_000;
const STEP_MS = 1_000;

type OfMember = 'cut' | 'heal' | 'crash' | 'start' | 'stop';

export type KafkaStep =
  | Step<'produce', { readonly partition: number; readonly count: number }>
  | Step<'advance' | 'block', { readonly ms: number }>
  | Step<'handle', { readonly member: string; readonly mode: HandlerMode }>
  | Step<'letGo', object>
  | Step<'commits', { readonly mode: CommitMode }>
  | Step<OfMember, { readonly member: string }>
  | Step<'rebalance', { readonly shift: number }>;

export interface KafkaScenario {
  readonly seed: number;
  readonly concurrency: number;
  readonly settle: 'coalesced' | 'each';
  readonly maxInFlight: number;
  /** How handlers behave at first. */
  readonly mode: HandlerMode;
  readonly steps: readonly KafkaStep[];
}

const member = fc.constantFrom(...MEMBERS);
const mode = fc.constantFrom(...HANDLER_MODES);
const step: fc.Arbitrary<KafkaStep> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('produce' as const),
      partition: fc.nat(PARTITIONS - 1),
      count: fc.integer({ min: 1, max: 40 }),
    }),
  },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('advance' as const), ms: span }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('block' as const),
      ms: fc.integer({ min: 1, max: 9_000 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('handle' as const), member, mode }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('letGo' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('commits' as const),
      mode: fc.constantFrom(...COMMIT_MODES),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom<OfMember[]>('cut', 'cut', 'heal', 'crash', 'start', 'stop'),
      member,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('rebalance' as const), shift: fc.nat(2) }),
  },
);

export const kafkaScenario: fc.Arbitrary<KafkaScenario> = fc.record({
  seed: fc.nat(),
  concurrency: fc.constantFrom(1, 2, 4),
  settle: fc.constantFrom<('coalesced' | 'each')[]>('coalesced', 'coalesced', 'each'),
  maxInFlight: fc.constantFrom(3, 20, 100),
  mode,
  steps: fc.array(step, { minLength: 5, maxLength: 40 }),
});

interface RunningMember {
  readonly bus: ConsumingBus;
  readonly transport: KafkaTransport;
  readonly clients: ReturnType<KafkaGroup['driver']>['clients'];
}

/** Runs a scenario to its end. Resolves to what broke a promise, in words. */
export async function runKafkaScenario(scenario: KafkaScenario): Promise<string[]> {
  const clock = VirtualClock.install(seededRandom(scenario.seed));
  try {
    return await new KafkaModel(scenario, clock).run();
  } finally {
    clock.uninstall();
  }
}

class KafkaModel {
  private readonly handlers: ModelHandlers;
  private readonly group: KafkaGroup;
  private readonly running = new Map<string, RunningMember>();
  private produced = 0;

  constructor(
    private readonly scenario: KafkaScenario,
    private readonly clock: VirtualClock,
  ) {
    this.handlers = new ModelHandlers(clock, seededRandom(scenario.seed + 1), {
      holder: (place) => this.group.holder(Number(place)),
      isOrdered: true,
    });
    this.group = new KafkaGroup(clock, this.handlers, PARTITIONS);
  }

  async run(): Promise<string[]> {
    for (const name of MEMBERS) this.handlers.set(name, this.scenario.mode);
    this.start('a');
    this.start('b');
    for (const one of this.scenario.steps) {
      await this.take(one);
      if (this.broken.length > 0) return this.broken;
    }
    await this.calmDown();
    await this.stopAll();
    return this.broken;
  }

  private get broken(): string[] {
    return [...this.handlers.broken, ...this.group.broken];
  }

  private async take(one: KafkaStep): Promise<void> {
    const { group, handlers, clock } = this;
    if (one.do === 'produce') this.produce(one.partition, one.count);
    else if (one.do === 'advance') await clock.advance(one.ms);
    else if (one.do === 'block') clock.block(one.ms);
    else if (one.do === 'handle') handlers.set(one.member, one.mode);
    else if (one.do === 'letGo') handlers.letGo();
    else if (one.do === 'commits') group.commitMode = one.mode;
    else if (one.do === 'rebalance') {
      group.shift = one.shift;
      group.wantRebalance();
    } else await this.ofMember(one.do, one.member);
    await clock.advance(0);
  }

  private async ofMember(what: OfMember, name: string): Promise<void> {
    if (what === 'start') return this.start(name);
    if (what === 'stop') return this.stop(name);
    const client = this.running.get(name)?.clients.at(-1);
    if (!client) return;
    if (what === 'crash') client.crash();
    else client.isCut = what === 'cut';
  }

  private produce(partition: number, count: number): void {
    const log = this.group.logs[partition]!;
    for (let i = 0; i < count; i++) {
      const offset = log.length;
      const key = `k${this.produced % KEYS}`;
      const record = {
        ...recordOf(offset, { learner: key }),
        ...{ key: Buffer.from(key), topic: TOPIC },
      };
      log.push({ offset, record, size: 100 } satisfies FetchedRecord);
      this.handlers.expect({ place: String(partition), offset, key });
      this.produced += 1 + (i % 2);
    }
  }

  private start(name: string): void {
    if (this.running.has(name)) return;
    const { concurrency, settle, maxInFlight } = this.scenario;
    const driver = this.group.driver(name);
    const quiet = { log() {}, warn() {}, error() {}, debug() {} };
    const health = new HealthBoard('Kafka', 'model', quiet);
    const transport = new KafkaTransport(driver, SETTINGS, health, { close: () => undefined });
    const bus = new ConsumingBus(
      transport,
      {
        ...{ concurrency, settle, maxInFlight, connect: 'background', auditLogging: false },
        retry: { attempts: 1_000_000_000, delayMs: 100, factor: 2, maxDelayMs: 1_000 },
        shutdownTimeoutMs: 3_000,
      },
      { member: name, timing: { keepAliveMs: 3_000, rebuildLimitMs: 60_000, leaveMs: 1_000 } },
    ).handle(({ n, learner }, { position }) =>
      this.handlers.handle({ member: name, place: position.partition, offset: n, key: learner }),
    );
    this.handlers.startAgain(name);
    this.running.set(name, { bus, transport, clients: driver.clients });
    void bus.runtime.start();
  }

  private async stop(name: string): Promise<void> {
    const member = this.running.get(name);
    if (!member) return;
    this.running.delete(name);
    const deadline = 1_700_000_000_000 + this.clock.now + 3_000;
    const stopped = member.bus.runtime
      .drain(deadline)
      .then(() => member.transport.close(deadline + 1_000));
    await this.until(stopped, 60_000, `${name} to stop`);
    this.handlers.stop(name);
  }

  private async until(work: Promise<unknown>, ms: number, what: string): Promise<void> {
    let isOver = false;
    const over = (): void => void (isOver = true);
    work.then(over, over);
    for (let waited = 0; !isOver && waited < ms; waited += 100) await this.clock.advance(100);
    if (!isOver) this.group.broken.push(`${this.clock.now} ms: waited ${ms} ms for ${what}`);
  }

  /** Nothing hinders anybody any more: all is handled, and the group knows. */
  private async calmDown(): Promise<void> {
    const { group, handlers, clock } = this;
    group.commitMode = 'take';
    if (this.running.size === 0) this.start('a');
    for (const [name, { clients }] of this.running) {
      handlers.set(name, 'work');
      for (const client of clients) client.isCut = false;
    }
    for (let waited = 0; waited < CALM_MS && !this.isCalm; waited += STEP_MS) {
      handlers.letGo();
      await clock.advance(STEP_MS);
    }
    if (this.isCalm) return;
    const state = group.logs.map((log, i) => `${group.committed[i]} of ${log.length}`).join(', ');
    group.broken.push(
      `${clock.now} ms: not all is over when nothing hinders it: committed ${state}, in hand ${this.inHand}`,
    );
  }

  /** All is committed, and no member has anything in hand. */
  private get isCalm(): boolean {
    const { logs, committed } = this.group;
    return logs.every((log, i) => committed[i] === log.length) && this.inHand === 0;
  }

  private get inHand(): number {
    return inHandOf([...this.running.values()]);
  }

  private async stopAll(): Promise<void> {
    const { group, clock } = this;
    for (const name of [...this.running.keys()]) await this.stop(name);
    const begun = this.handlers.begun;
    this.produce(0, 3);
    await clock.advance(2 * SESSION_MS);
    if (this.handlers.begun > begun) group.broken.push('handlers began when all had stopped');
    group.close();
    await clock.advance(60_000);
    if (clock.pending > 0)
      group.broken.push(`${clock.pending} timers are left when all has stopped`);
  }
}

const SETTINGS: KafkaSettings = {
  ...{ brokers: ['model:9092'], clientId: 'model', sasl: undefined, ssl: new Hidden(false) },
  ...{ partitioner: 'librdkafka', compression: 'none', idempotent: true },
  publishing: { lingerMs: 0, batchRecords: 1_000, batchBytes: 900_000, maxInFlight: 1 },
  ...{ sessionTimeoutMs: SESSION_MS, maxDecompressedBytes: 1_000_000 },
  ...{ allowAutoTopicCreation: false, countDeadLetters: false, kafkajs: new Hidden({}) },
};
