import { until } from '../../services/until.js';
import type { ProgramPlan } from './fault-bus.interface.js';
import type { HandledEvents } from './ledger.js';
import { ReportingProcess } from './reporting-process.js';

/** One member of a group, through all its lives. */
export class Consumer {
  /** Times that its process ended although nobody asked it to. */
  deaths = 0;
  private process: ReportingProcess | undefined;
  private handledInThisLife = 0;
  private ready = false;

  constructor(
    private readonly plan: ProgramPlan,
    private readonly handled: HandledEvents,
    /** A process that ends by itself is started again, as a supervisor does. */
    private readonly supervised: boolean,
  ) {}

  async start(): Promise<void> {
    this.ready = false;
    this.handledInThisLife = 0;
    this.process = new ReportingProcess(this.plan, (line) => this.hear(line));
    await this.process.reaches('the start of a consumer', () => this.ready);
    if (this.supervised) void this.supervise(this.process);
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
    this.handled.add(Number(number), BigInt(at!));
    this.handledInThisLife++;
  }

  private async supervise(process: ReportingProcess): Promise<void> {
    await process.read(3_600_000).catch(() => null);
    if (this.process !== process) return;
    this.deaths++;
    while (this.process === process) {
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      if (this.process !== process) return;
      // A start that fails under the fault is tried again: it leaves another process behind.
      await this.start().catch(() => void (this.process &&= process));
    }
  }
}
