import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../services/until.js';
import { KEYS, now, secondsBetween } from '../driver/numbered-events.js';
import { type ChaosPlan, type FaultKind, faultText, type PlannedFault } from './chaos-plan.js';
import { ChaosProcess, type ChaosProcessConfig, newTopic } from './chaos-process.js';
import type { ChaosStage, ChaosTransport } from './chaos-stage.interface.js';
import { Complaints } from './complaints.js';
import { type Hindrance, Timeline, type TimelineResult } from './timeline.js';

export const GROUP = 'chaos';

export interface ChaosRunOptions<Stage extends ChaosStage> {
  readonly transport: ChaosTransport<Stage>;
  readonly plan: ChaosPlan;
  /** Address of the built library. */
  readonly library: string;
  /** Kinds of faults of the plan that are left out. */
  readonly without?: readonly string[];
  readonly say?: (text: string) => void;
}

export interface ChaosResult extends TimelineResult {
  readonly ordered: boolean;
  readonly hindrances: readonly Hindrance[];
  /** Faults that could not happen as planned, and why. */
  readonly missed: readonly string[];
  /** Exit codes other than 0 of members and sender at the end, and of members that left. */
  readonly exits: readonly string[];
  /** Processes that ended by themselves. */
  readonly deaths: readonly string[];
  /** What was logged, each text once. */
  readonly complaints: Complaints;
}

/** Events may stand still for so long while nothing happens. */
export const CALM = 5;
/** Nothing more is expected from the group after so long without an event. */
const QUIET_MS = 90_000;
const PROGRESS_MS = 10_000;

/** Events are sent and handled while the faults of a plan happen. */
export class ChaosRun<Stage extends ChaosStage = ChaosStage> {
  readonly topic = newTopic();
  readonly members: readonly string[];
  readonly timeline = new Timeline();
  stage!: Stage;
  private readonly processes = new Map<string, ChaosProcess>();
  private readonly complaints = new Complaints();
  private readonly hindrances: Hindrance[] = [];
  private readonly missed: string[] = [];
  private readonly exits: string[] = [];
  private readonly deaths: string[] = [];
  private began = now();

  constructor(private readonly options: ChaosRunOptions<Stage>) {
    const { members } = options.plan.setting;
    this.members = Array.from({ length: members }, (_, i) => `member-${i + 1}`);
  }

  /** To be called once. */
  async run(): Promise<ChaosResult> {
    const { plan, transport } = this.options;
    this.stage = await transport.start(plan.setting, this.topic);
    try {
      for (const [name, config] of this.configs())
        this.processes.set(name, this.processOf(name, config));
      await Promise.all([...this.processes.values()].map((process) => process.start()));
      this.began = now();
      this.processOfParty('sender').tell('sender resume');
      const progress = setInterval(() => this.say(this.state), PROGRESS_MS);
      try {
        await this.doAll(plan.faults);
        await this.finish();
      } finally {
        clearInterval(progress);
      }
      return this.result();
    } finally {
      await Promise.all([...this.processes.values()].map((process) => process.end('SIGKILL')));
      await this.stage.stop();
    }
  }

  /** Seconds since the start. */
  get seconds(): number {
    return secondsBetween(this.began, now());
  }

  say(text: string): void {
    this.options.say?.(`${this.seconds.toFixed(1)} s: ${text}`);
  }

  /** The process in which a member or the sender lives. */
  processOfParty(party: string): ChaosProcess {
    return this.processes.get(party) ?? this.processes.get('all')!;
  }

  /** Remembers the exit code of a member that was asked to leave. */
  left(who: string, code: number | null): void {
    if (code !== 0) this.exits.push(`${who}: ${code} at ${this.seconds.toFixed(1)} s`);
  }

  /** Does `work` while nothing is sent and nothing waits. False where the group does not come to that in time. */
  async whileAllIsHandled(ms: number, work: () => Promise<void>): Promise<boolean> {
    const sender = this.processOfParty('sender');
    try {
      await sender.ask('sender pause', 'paused', ms);
      await until('all to be handled', () => this.timeline.waiting === 0, ms);
      await work();
      return true;
    } catch (error) {
      this.say(`not all is handled: ${(error as Error).message}`);
      return false;
    } finally {
      sender.tell('sender resume');
    }
  }

  private configs(): [string, ChaosProcessConfig][] {
    const { library: lib, transport, plan } = this.options;
    const { topic, stage } = this;
    const { concurrency, settle, maxInFlight } = plan.setting;
    const bus = {
      ...{ connect: 'background', concurrency, settle, maxInFlight },
      // Nothing is given up, so that what is not handled is lost.
      retry: { attempts: 1_000_000, delayMs: 200, factor: 2, maxDelayMs: 2_000 },
      keyFields: { [topic]: 'redemption.subsidy_identifier' },
    };
    const common = { lib, topic, group: GROUP, bus };
    const members = this.members.map((name) => ({ name, transport: stage.transport(name) }));
    const { perSecond } = transport;
    const sender = { transport: stage.transport('sender'), perSecond, keys: KEYS };
    if (transport.together) return [['all', { ...common, members, sender }]];
    return [
      ...members.map((member): [string, ChaosProcessConfig] => [
        member.name,
        { ...common, members: [member] },
      ]),
      ['sender', { ...common, members: [], sender }],
    ];
  }

  private processOf(name: string, config: ChaosProcessConfig): ChaosProcess {
    return new ChaosProcess(config, {
      line: (line) => this.hear(line),
      complaint: (text) => this.complaints.add(text),
      died: (code) => {
        const death = `${name} ended with ${code} at ${this.seconds.toFixed(1)} s`;
        this.deaths.push(death);
        this.say(death);
      },
    });
  }

  private hear(line: string): void {
    const [sign, number, at, place] = line.split(' ');
    const seconds = () => secondsBetween(this.began, BigInt(at!));
    if (sign === '>') this.timeline.begins(Number(number));
    else if (sign === '+') this.timeline.confirmed(Number(number), seconds());
    else if (sign === '=') this.timeline.handled(Number(number), seconds(), place!);
  }

  private async doAll(faults: readonly PlannedFault[]): Promise<void> {
    const { plan, transport, without = [] } = this.options;
    const busy = new Map<string, Promise<void>>();
    for (const fault of faults) {
      if (without.includes(fault.kind)) continue;
      await sleep(Math.max(0, (fault.at - this.seconds) * 1_000));
      const kind = transport.kinds.find((one) => one.kind === fault.kind)!;
      const before = busy.get(fault.target) ?? Promise.resolve();
      // A target that took longer than planned is waited for, so that faults of one target never mix.
      busy.set(
        fault.target,
        before.then(() => this.doOne(kind, fault)),
      );
    }
    await Promise.all(busy.values());
    await sleep(Math.max(0, (plan.seconds - this.seconds) * 1_000));
  }

  private async doOne(kind: FaultKind<Stage>, fault: PlannedFault): Promise<void> {
    const from = this.seconds;
    this.say(`begins: ${faultText(fault)}`);
    const hindrance = { what: faultText(fault), from, to: Infinity, recovery: kind.recovery };
    try {
      await kind.act(this, fault);
    } catch (error) {
      this.missed.push(`${faultText(fault)}: ${(error as Error).message.split('\n')[0]}`);
      this.say(`failed: ${this.missed.at(-1)}`);
    }
    hindrance.to = this.seconds;
    this.hindrances.push(hindrance);
    this.say(`is over: ${faultText(fault)}`);
  }

  private async finish(): Promise<void> {
    const { timeline } = this;
    this.say('all faults are over');
    await this.processOfParty('sender').ask('sender stop', 'sent', 120_000);
    for (let before = -1; timeline.waiting > 0 && timeline.handlingCount !== before;) {
      before = timeline.handlingCount;
      const moves = () => timeline.waiting === 0 || timeline.handlingCount !== before;
      await until('progress', moves, QUIET_MS).catch(() => undefined);
    }
    this.say(this.state);
    for (const [name, process] of this.processes) this.left(name, await process.end('SIGTERM'));
  }

  private get state(): string {
    const { confirmedCount, handledCount, waiting } = this.timeline;
    return `${confirmedCount} confirmed, ${handledCount} handled, ${waiting} wait`;
  }

  private result(): ChaosResult {
    const { plan, transport } = this.options;
    const { hindrances, missed, exits, deaths, complaints } = this;
    return {
      ...this.timeline.result(this.seconds, hindrances, CALM),
      ordered: transport.isOrdered(plan.setting),
      ...{ hindrances, missed, exits, deaths, complaints },
    };
  }
}
