import fc from 'fast-check';
import { seededRandom } from '../fuzz/fuzz-target.js';
import { ConsumingBus, recordOf } from '../support/consuming-bus.js';
import { HealthBoard } from '../../lib/transport/common/health-board.js';
import { Hidden } from '../../lib/common/hidden.js';
import type { RedisConnection } from '../../lib/transport/redis/connection/redis-connection.js';
import type { RedisDeployment } from '../../lib/transport/redis/connection/redis-deployment.js';
import type { RedisSettings } from '../../lib/transport/redis/settings/redis-settings.js';
import { RedisTransport } from '../../lib/transport/redis/redis-transport.js';
import { HANDLER_MODES, type HandlerMode, ModelHandlers } from './model-handlers.js';
import { inHandOf } from './in-hand.js';
import { RedisLink, type Way } from './redis-link.js';
import { RedisStreams } from './redis-streams.js';
import { span, type Step } from './step.js';
import { VirtualClock } from './virtual-clock.js';

const STREAM = 'subject';
const GROUP = 'g';
const KEYS = 4;
const CALM_MS = 240_000;
const STEP_MS = 1_000;
/** By then a lease has run out that a member could not give back, because it was cut off. */
const LEASES_OVER_MS = 20_000;
const ORIGIN = 1_700_000_000_000;
const isReaderKey = (key: string): boolean => key.includes(':reader:');

/** One member; several that share the stream; several of which one reads. */
export type RedisForm = 'alone' | 'shared' | 'singleActive';

type OnTheWay =
  | Step<'cut' | 'heal' | 'drop' | 'halfOpen', { readonly member: string }>
  | Step<'loseReplies', { readonly member: string; readonly count: number }>;

export type RedisStep =
  | OnTheWay
  | Step<'produce' | 'moveBack', { readonly count: number }>
  | Step<'advance' | 'block', { readonly ms: number }>
  | Step<'handle', { readonly member: string; readonly mode: HandlerMode }>
  | Step<'letGo' | 'freeze' | 'thaw' | 'deleteLeases', object>
  | Step<'start' | 'stop', { readonly member: string }>;

export interface RedisScenario {
  readonly seed: number;
  readonly form: RedisForm;
  readonly concurrency: number;
  readonly settle: 'coalesced' | 'each';
  readonly maxInFlight: number;
  /** How handlers behave at first. */
  readonly mode: HandlerMode;
  readonly steps: readonly RedisStep[];
}

const member = fc.constantFrom('a', 'b', 'c');
const mode = fc.constantFrom(...HANDLER_MODES);
const step: fc.Arbitrary<RedisStep> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('produce' as const),
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
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom<('letGo' | 'freeze' | 'thaw' | 'deleteLeases')[]>(
        ...['letGo' as const, 'freeze' as const, 'thaw' as const, 'thaw' as const],
        'deleteLeases',
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom<('cut' | 'heal' | 'drop' | 'halfOpen')[]>(
        ...['cut' as const, 'heal' as const, 'drop' as const],
        'halfOpen',
      ),
      member,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom<('start' | 'stop')[]>('start', 'stop'),
      member,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('loseReplies' as const),
      member,
      count: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('moveBack' as const),
      count: fc.integer({ min: 1, max: 20 }),
    }),
  },
);

export const redisScenario: fc.Arbitrary<RedisScenario> = fc.record({
  seed: fc.nat(),
  form: fc.constantFrom<RedisForm[]>('alone', 'shared', 'singleActive', 'singleActive'),
  concurrency: fc.constantFrom(1, 2, 4),
  settle: fc.constantFrom<('coalesced' | 'each')[]>('coalesced', 'coalesced', 'each'),
  maxInFlight: fc.constantFrom(3, 20, 100),
  mode,
  steps: fc.array(step, { minLength: 5, maxLength: 40 }),
});

interface RunningMember {
  readonly bus: ConsumingBus;
  readonly transport: RedisTransport;
  readonly links: RedisLink[];
  readonly way: Way;
}

/** Runs a scenario to its end. Resolves to what broke a promise, in words. */
export async function runRedisScenario(scenario: RedisScenario): Promise<string[]> {
  const clock = VirtualClock.install(seededRandom(scenario.seed));
  try {
    return await new RedisModel(scenario, clock).run();
  } finally {
    clock.uninstall();
  }
}

class RedisModel {
  private readonly handlers: ModelHandlers;
  private readonly streams: RedisStreams;
  private readonly running = new Map<string, RunningMember>();

  constructor(
    private readonly scenario: RedisScenario,
    private readonly clock: VirtualClock,
  ) {
    const isSingle = scenario.form === 'singleActive';
    this.handlers = new ModelHandlers(clock, seededRandom(scenario.seed + 1), {
      holder: (_, name) => (isSingle ? this.streams.userOf(isReaderKey, name) : undefined),
      isOrdered: scenario.form !== 'shared',
    });
    this.streams = new RedisStreams(clock, this.handlers);
  }

  async run(): Promise<string[]> {
    for (const name of ['a', 'b', 'c']) this.handlers.set(name, this.scenario.mode);
    this.start('a');
    this.start('b');
    await this.clock.advance(1_000);
    for (const one of this.scenario.steps) {
      await this.take(one);
      if (this.broken.length > 0) return this.broken;
    }
    await this.calmDown();
    await this.stopAll();
    return this.broken;
  }

  private get broken(): string[] {
    return [...this.handlers.broken, ...this.streams.broken];
  }

  private async take(one: RedisStep): Promise<void> {
    const { streams, handlers, clock } = this;
    if (one.do === 'produce') this.produce(one.count);
    else if (one.do === 'advance') await clock.advance(one.ms);
    else if (one.do === 'block') clock.block(one.ms);
    else if (one.do === 'handle') handlers.set(one.member, one.mode);
    else if (one.do === 'letGo') handlers.letGo();
    else if (one.do === 'freeze') streams.freeze();
    else if (one.do === 'thaw') streams.thaw();
    else if (one.do === 'deleteLeases') streams.deleteKeys(() => true);
    else if (one.do === 'moveBack') streams.moveGroupBack(STREAM, GROUP, one.count);
    else if (one.do === 'start') this.start(one.member);
    else if (one.do === 'stop') await this.stop(one.member);
    else this.onTheWay(one);
    await clock.advance(0);
  }

  private onTheWay(one: OnTheWay): void {
    const found = this.running.get(one.member);
    if (!found) return;
    const { way, links } = found;
    if (one.do === 'loseReplies') way.repliesToLose = one.count;
    else if (one.do === 'heal') way.isCut = false;
    else {
      if (one.do === 'cut') way.isCut = true;
      for (const link of links) link.drop({ isNoticed: one.do !== 'halfOpen' });
    }
  }

  private produce(count: number): void {
    for (let i = 0; i < count; i++) {
      const n = this.handlers.expected;
      const key = `k${n % KEYS}`;
      this.handlers.expect({ place: STREAM, offset: n, key });
      this.streams.add(STREAM, recordOf(n, { learner: key }).attributes);
    }
  }

  private start(name: string): void {
    if (this.running.has(name) || (this.scenario.form === 'alone' && name !== 'a')) return;
    const { concurrency, settle, maxInFlight, form } = this.scenario;
    const way: Way = { isCut: false, repliesToLose: 0 };
    const links: RedisLink[] = [];
    const link = (): RedisConnection => {
      const made = new RedisLink(this.streams, name, way);
      links.push(made);
      return made as unknown as RedisConnection;
    };
    const command = link();
    const deployment = {
      command,
      publisher: {
        publish: () => Promise.resolve([]),
        close() {},
        drained: () => Promise.resolve(),
      },
      ping: (deadline: number) => command.request('PING', [], deadline).then(() => undefined),
      openReadings: (streams: readonly string[], part: string) => [
        { streams, part, read: link(), beside: command },
      ],
      everyServer: () => Promise.resolve([command]),
      close: () => links.forEach((one) => one.close()),
    } as unknown as RedisDeployment;
    const quiet = { log() {}, warn() {}, error() {}, debug() {} };
    const settings = { ...SETTINGS, consumerName: name, singleActive: form === 'singleActive' };
    const health = new HealthBoard('Redis', 'model', quiet);
    const transport = new RedisTransport(deployment, settings, health);
    const bus = new ConsumingBus(
      transport,
      {
        ...{ concurrency, settle, maxInFlight, connect: 'background', auditLogging: false },
        retry: { attempts: 1_000_000_000, delayMs: 100, factor: 2, maxDelayMs: 1_000 },
        ...{
          shutdownTimeoutMs: 3_000,
          keyFields: { subject: 'learner' },
          maxDeliveries: 1_000_000,
        },
      },
      { timing: { keepAliveMs: 3_000, rebuildLimitMs: 60_000, leaveMs: 1_000 } },
    ).handle(({ n, learner }, { position }) =>
      this.handlers.handle({ member: name, place: position.topic, offset: n, key: learner }),
    );
    this.handlers.startAgain(name);
    this.running.set(name, { bus, transport, links, way });
    void bus.runtime.start();
  }

  private async stop(name: string): Promise<void> {
    const found = this.running.get(name);
    if (!found) return;
    this.running.delete(name);
    const deadline = ORIGIN + this.clock.now + 3_000;
    const stopped = found.bus.runtime
      .drain(deadline)
      .then(() => found.transport.close(deadline + 1_000));
    let isOver = false;
    const over = (): void => void (isOver = true);
    stopped.then(over, over);
    for (let waited = 0; !isOver && waited < 60_000; waited += 100) await this.clock.advance(100);
    if (!isOver) this.streams.broken.push(`${this.clock.now} ms: ${name} does not stop`);
    this.handlers.stop(name);
  }

  /** Nothing hinders anybody any more: all is handled, and Redis knows. */
  private async calmDown(): Promise<void> {
    const { streams, handlers, clock } = this;
    streams.thaw();
    if (this.running.size === 0) this.start('a');
    for (const [name, { way }] of this.running) {
      handlers.set(name, 'work');
      Object.assign(way, { isCut: false, repliesToLose: 0 });
    }
    for (let waited = 0; waited < CALM_MS && !this.isCalm; waited += STEP_MS) {
      handlers.letGo();
      await clock.advance(STEP_MS);
    }
    if (!this.isCalm)
      streams.broken.push(
        `${clock.now} ms: not all is over when nothing hinders it: ${streams.open(STREAM, GROUP)}, ` +
          `${handlers.open(STREAM)} not handled, ${this.inHand} in hand`,
      );
  }

  /** All is acknowledged, and no member has anything in hand. */
  private get isCalm(): boolean {
    const { handlers, streams } = this;
    return handlers.open(STREAM) === 0 && streams.open(STREAM, GROUP) === '' && this.inHand === 0;
  }

  private get inHand(): number {
    return inHandOf([...this.running.values()]);
  }

  private async stopAll(): Promise<void> {
    const { streams, clock } = this;
    for (const name of [...this.running.keys()]) await this.stop(name);
    const begun = this.handlers.begun;
    this.produce(3);
    await clock.advance(LEASES_OVER_MS);
    if (this.handlers.begun > begun) streams.broken.push('handlers began when all had stopped');
    const left = streams.holderOf((key) => !key.includes(':member:'));
    if (left !== undefined) streams.broken.push(`${left} still holds a lease`);
    streams.close();
    await clock.advance(60_000);
    if (clock.pending > 0)
      streams.broken.push(`${clock.pending} timers are left when all has stopped`);
  }
}

const SETTINGS: Omit<RedisSettings, 'consumerName' | 'singleActive'> = {
  ...{ connection: new Hidden({}), cluster: undefined, streamMaxLen: 1_000_000, blockMs: 5_000 },
  ...{ failureSleepMs: 1_000, readCount: 100, claimIdleMs: 15_000, removeDeadMembersMs: Infinity },
  nameTimeoutMs: 60_000,
};
