import { until } from '../../services/until.js';
import type { ProgramPlan } from './fault-bus.interface.js';
import type { HandledEvents } from './ledger.js';
import type { Nanoseconds } from './numbered-events.js';
import { ReportingProcess } from './reporting-process.js';

const SUPERVISOR_MS = 1_000;
const LONGEST_LIFE_MS = 3_600_000;

/** One member of a group, through all its lives. */
export class Consumer {
  /** Times that its process ended although nobody asked it to. */
  deaths = 0;
  /** The longest time without a turn of its event loop, in ms, where its handlers hold it. */
  loopGapMs = 0;
  /** When it handled its last event. */
  lastHandled: Nanoseconds = 0n;
  private process: ReportingProcess | undefined;
  private handledInThisLife = 0;
  private ready = false;

  constructor(
    private readonly plan: ProgramPlan,
    private readonly handled: HandledEvents,
    /** A process that ends by itself is started again, as a supervisor does. */
    private readonly supervised: boolean,
  ) {}

  /** Resolves when it is ready; rejects when it ended or is too slow. */
  async start(): Promise<void> {
    this.ready = false;
    this.handledInThisLife = 0;
    const process = new ReportingProcess(this.plan, (line) => this.hear(line));
    this.process = process;
    if (this.supervised) void this.supervise(process);
    await process.reaches('the start of a consumer', () => this.ready);
  }

  /** As `start`, for another life: where a supervisor takes care, a failure is left to it. */
  async startAgain(): Promise<void> {
    const started = this.start();
    await (this.supervised ? started.catch(() => undefined) : started);
  }

  /** Resolves when this life has handled something; rejects after `ms`. */
  async works(ms: number): Promise<void> {
    await until('a consumer to work', () => this.handledInThisLife > 0, ms);
  }

  /** Kills it; all that it had written is read. */
  async kill(): Promise<void> {
    const process = this.process;
    this.process = undefined;
    await process?.end('SIGKILL');
  }

  /** Ends it as an orchestrator does, and resolves to its exit code. */
  async leave(): Promise<number | null> {
    const process = this.process;
    this.process = undefined;
    return process ? process.end('SIGTERM') : null;
  }

  get complaints(): string {
    return this.process?.complaints ?? '';
  }

  private hear(line: string): void {
    if (line === 'ready') {
      this.ready = true;
      return;
    }
    const [number, at] = line.split(' ');
    if (number === '~') {
      this.loopGapMs = Math.max(this.loopGapMs, Number(at));
      return;
    }
    this.lastHandled = BigInt(at!);
    this.handled.add(Number(number), this.lastHandled);
    this.handledInThisLife++;
  }

  private async supervise(process: ReportingProcess): Promise<void> {
    await process.read(LONGEST_LIFE_MS).catch(() => null);
    if (this.process !== process) return;
    this.deaths++;
    await new Promise((resolve) => setTimeout(resolve, SUPERVISOR_MS));
    if (this.process === process) await this.startAgain();
  }
}
