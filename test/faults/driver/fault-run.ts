import { randomUUID } from 'node:crypto';
import type { SettableClock } from '../../services/settable-clock.js';
import { until } from '../../services/until.js';
import { Consumer } from './consumer.js';
import type { BusOptions, FaultBus, RunningFaultBus } from './fault-bus.interface.js';
import type { FaultRunResult, Side } from './fault-run-result.js';
import { HandledEvents, SentEvents } from './ledger.js';
import { now, type Nanoseconds } from './numbered-events.js';
import { consumerPlan, type Handling, type SenderExtras, senderPlan } from './process-plans.js';
import { ReportingProcess } from './reporting-process.js';

export interface FaultRunOptions<Bus extends RunningFaultBus = RunningFaultBus> {
  readonly bus: FaultBus<Bus>;
  /** Address of the built library. */
  readonly library: string;
  readonly events: number;
  readonly perSecond: number;
  readonly broker: BusOptions;
  /** Further options of the consumers' transport. */
  readonly consumerTransport?: Readonly<Record<string, unknown>>;
  /** Further options of the sender's transport. */
  readonly senderTransport?: Readonly<Record<string, unknown>>;
  /** What the sender does beside. */
  readonly sender?: (topic: string) => SenderExtras;
  readonly blockMs?: number;
  readonly partitions?: number;
  before?(broker: Bus): Promise<void>;
  /** By which our consumers go, if not by that of the machine. */
  readonly clock?: SettableClock;
  readonly handling?: Handling;
  /** Further options of the consumers' bus. */
  readonly consumerBus?: Readonly<Record<string, unknown>>;
  /** Each event whose number is a multiple of this fails in its first tries. */
  readonly failing?: number;
  /** Runs the reference's consumer in a group of its own beside ours, under the same faults. */
  readonly withReference: boolean;
  readonly progress?: (text: string) => void;
}

const PROGRESS_MS = 120_000;
const WORK_MS = 300_000;
/** The reference may have nothing to handle any more. */
const REFERENCE_WORK_MS = 500;
/** Then the reference is still at work, and what it has not handled is not lost. */
const REFERENCE_PATIENCE_MS = 120_000;
/** Nothing more is expected from ours after so long without an event. */
const QUIET_MS = 60_000;

/** Numbered events sent and handled by processes of their own while a scenario breaks things. */
export class FaultRun<Bus extends RunningFaultBus = RunningFaultBus> {
  readonly sent = new SentEvents();
  /** Events to be sent. */
  readonly events: number;
  readonly exitCodes: (number | null)[] = [];
  private readonly moments: Nanoseconds[] = [];
  readonly topic = `faults-${randomUUID()}`;
  private readonly ours = new HandledEvents();
  private readonly theirs = new HandledEvents();
  private readonly consumers: Consumer[] = [];
  private reference: Consumer | undefined;
  private behind = false;
  private sender: ReportingProcess | undefined;
  private handledAfterFault = 0;
  private bursts = 0;
  private pauses = 0;
  private errorLines = 0;
  broker!: Bus;

  constructor(private readonly options: FaultRunOptions<Bus>) {
    this.events = options.events;
  }

  /** Sends all events while `faults` is at work, waits until all is handled, and compares. */
  async run(faults: (run: FaultRun<Bus>) => Promise<void>): Promise<FaultRunResult> {
    const { bus, broker, withReference } = this.options;
    this.broker = await bus.start(broker);
    try {
      await this.options.before?.(this.broker);
      await this.broker.makeTopic(this.topic, this.options.partitions);
      await Promise.all([this.join(), withReference ? this.startReference() : undefined]);
      this.startSender();
      await faults(this);
      await this.finish();
      return this.result();
    } finally {
      await Promise.all([
        ...this.consumers.map((consumer) => consumer.kill()),
        this.reference?.kill(),
        this.sender?.end('SIGKILL'),
      ]);
      await this.broker.stop();
    }
  }

  /** Another consumer joins our group. */
  async join(): Promise<Consumer> {
    const {
      library: lib,
      consumerTransport: further = {},
      consumerBus: bus = {},
      failing,
      blockMs = 0,
      clock,
      handling,
    } = this.options;
    const member = `member-${this.consumers.length + 1}`;
    const plain = this.broker.transport('consumers', member);
    const transport = { ...plain, options: { ...plain.options, ...further } };
    const plan = consumerPlan({
      ...{ lib, transport, group: 'ours', bus, failing, blockMs, handling },
      topic: this.topic,
    });
    const consumer = new Consumer(clock ? clock.startOf(plan) : plan, this.ours, false);
    this.consumers.push(consumer);
    await consumer.start();
    return consumer;
  }

  /** A consumer leaves as an orchestrator asks it to. */
  async leave(consumer: Consumer): Promise<void> {
    this.exitCodes.push(await consumer.leave());
  }

  /** Our first consumer, and the reference's where it runs. */
  get members(): readonly Consumer[] {
    return [this.consumers[0]!, ...(this.reference ? [this.reference] : [])];
  }

  /** The clock that our consumers go by. */
  get clock(): SettableClock {
    return this.options.clock!;
  }

  /** Our consumer that handled the last event. */
  get atWork(): Consumer {
    return this.consumers.reduce((a, b) => (b.lastHandled > a.lastHandled ? b : a));
  }

  /** The sender's application begins anew, with nothing in its caches; what it is at goes on. */
  renewSender(): void {
    this.sender!.signal('SIGUSR2');
  }

  /** Does `work` while nothing is on its way and all that was sent is handled; then the sender's application begins anew. */
  async betweenEvents(work: () => Promise<void>): Promise<void> {
    const before = this.pauses;
    this.sender!.signal('SIGHUP');
    const isQuiet = () => this.pauses > before || this.sender!.ended;
    await until('the sender to be quiet', isQuiet, WORK_MS);
    const isHandled = () => [...this.sent.confirmed].every((number) => this.ours.has(number));
    await until('all that is confirmed to be handled', isHandled, WORK_MS);
    await work();
    this.sender!.signal('SIGHUP');
  }

  /** Has the sender send many events at once to another topic; resolves when each has its end. */
  async burst(): Promise<void> {
    const before = this.bursts;
    this.sender!.signal('SIGPIPE');
    await until('the end of a burst', () => this.bursts > before, WORK_MS);
  }

  /** Does `fault` at even distances over the run; each begins when the one before is over. */
  async times(count: number, fault: (i: number) => Promise<void>): Promise<void> {
    for (let i = 0; i < count; i++) {
      const goal = Math.floor((this.options.events * (i + 1)) / (count + 1));
      await this.confirms(goal);
      await until('our group to work', () => this.isBackAtWork, WORK_MS);
      await this.reference?.works(REFERENCE_WORK_MS).catch(() => undefined);
      this.moments.push(now());
      await fault(i);
      this.handledAfterFault = this.ours.count;
      this.options.progress?.(`fault ${i + 1} of ${count}, ${this.state()}`);
    }
  }

  /** Resolves when so many events are confirmed; rejects when none is for too long. */
  async confirms(goal: number): Promise<void> {
    await this.moves(
      `${goal} confirmed events`,
      () => this.sent.confirmed.size,
      () => this.sent.confirmed.size >= goal,
      PROGRESS_MS,
    );
  }

  private get isBackAtWork(): boolean {
    const { count } = this.ours;
    return count > this.handledAfterFault || count >= this.events;
  }

  private state(): string {
    const { confirmed } = this.sent;
    return `${confirmed.size} confirmed, ${this.ours.count} handled by us, ${this.theirs.count} by the reference`;
  }

  private async finish(): Promise<void> {
    const { events } = this.options;
    await this.confirms(events);
    await this.sender!.read(30_000);
    const all = (handled: HandledEvents) => () => handled.count >= events;
    await this.moves('the rest', () => this.ours.count, all(this.ours), QUIET_MS).catch(() => {});
    if (this.reference) {
      const patienceEnds = Date.now() + REFERENCE_PATIENCE_MS;
      const over = () => all(this.theirs)() || (this.behind = Date.now() > patienceEnds);
      const silence = this.broker.referenceSilenceMs;
      await this.moves('its rest', () => this.theirs.count, over, silence).catch(() => {});
    }
    for (const consumer of this.consumers) {
      const code = await consumer.leave();
      if (code !== null) this.exitCodes.push(code);
    }
  }

  private async moves(
    what: string,
    count: () => number,
    holds: () => boolean,
    ms: number,
  ): Promise<void> {
    for (let before = -1; !holds();) {
      if (count() === before) throw new Error(`${ms} ms without progress towards ${what}`);
      before = count();
      await until(what, () => holds() || count() !== before, ms).catch(() => undefined);
    }
  }

  private async startReference(): Promise<void> {
    const place = { topic: this.topic, group: 'reference', member: 'reference' };
    const plan = await this.broker.reference(place);
    this.reference = new Consumer(plan, this.theirs, true);
    await this.reference.start();
  }

  private startSender(): void {
    const { library: lib, events, perSecond, senderTransport: further = {} } = this.options;
    const plain = this.broker.transport('sender', 'sender');
    const transport = { ...plain, options: { ...plain.options, ...further } };
    const { topic } = this;
    const extras = this.options.sender?.(topic) ?? {};
    const plan = senderPlan({ lib, transport, topic, count: events, perSecond, ...extras });
    this.sender = new ReportingProcess(plan, (line) => {
      const [sign, number] = line.split(' ');
      if (sign === '>') this.sent.begun.add(Number(number));
      if (sign === '+') this.sent.confirmed.add(Number(number));
      if (sign === '!') this.sent.tries++;
      if (sign === '=') this.pauses++;
      if (sign === '#') {
        this.bursts++;
        this.errorLines = Number(number);
      }
    });
  }

  private result(): FaultRunResult {
    const side = (handled: HandledEvents, consumers: readonly Consumer[]): Side => ({
      ...handled.compareWith(this.sent),
      silences: handled.silencesAfter(this.moments),
      deaths: consumers.reduce((sum, { deaths }) => sum + deaths, 0),
    });
    return {
      sent: this.sent.begun.size,
      confirmed: this.sent.confirmed.size,
      tries: this.sent.tries,
      faults: this.moments.length,
      errorLines: this.errorLines,
      loopGapMs: Math.max(0, ...this.consumers.map(({ loopGapMs }) => loopGapMs)),
      ours: side(this.ours, this.consumers),
      reference: this.reference && side(this.theirs, [this.reference]),
      referenceIsBehind: this.behind,
      exitCodes: this.exitCodes,
    };
  }
}
