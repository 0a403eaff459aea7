import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../services/until.js';
import type { TransportPlan } from '../driver/fault-bus.interface.js';
import { NUMBERED_TYPE } from '../driver/numbered-events.js';
import { ReportingProcess } from '../driver/reporting-process.js';

/** What `processes/chaos-application.mjs` takes. */
export interface ChaosProcessConfig {
  /** Address of the built library. */
  readonly lib: string;
  readonly topic: string;
  readonly group: string;
  /** Options of the bus of each member. */
  readonly bus: Readonly<Record<string, unknown>>;
  readonly members: readonly { readonly name: string; readonly transport: TransportPlan }[];
  readonly sender?: {
    readonly transport: TransportPlan;
    readonly perSecond: number;
    readonly keys: number;
  };
}

export interface ChaosProcessListener {
  line(line: string): void;
  complaint(text: string): void;
  /** It ended although nobody asked it to. */
  died(code: number | null): void;
}

const PROCESSES = join(import.meta.dirname, '..', 'processes');
const SUPERVISOR_MS = 500;
const LONGEST_LIFE_MS = 2 ** 31 - 1;

/** A process of a chaos run through all its lives. One that ends by itself is started again. */
export class ChaosProcess {
  private process: ReportingProcess | undefined;
  private ready = false;
  private answers: string[] = [];

  constructor(
    private readonly config: ChaosProcessConfig,
    private readonly listener: ChaosProcessListener,
  ) {}

  /** Resolves when it is ready, in this life or one that its supervisor gave it. */
  async start(): Promise<void> {
    this.spawn();
    await until('a process to be ready', () => this.ready, 180_000);
  }

  tell(line: string): void {
    this.process?.tell(line);
  }

  /** Resolves when it answers the command. */
  async ask(line: string, answer: string, ms: number): Promise<void> {
    this.answers = this.answers.filter((said) => said !== answer);
    this.tell(line);
    await until(answer, () => this.answers.includes(answer), ms);
  }

  /** `SIGSTOP` or `SIGCONT`. */
  signal(signal: NodeJS.Signals): void {
    this.process?.signal(signal);
  }

  /** Ends it; all that it had written is read. Resolves to its exit code, null where it was killed. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    const { process } = this;
    this.process = undefined;
    this.ready = false;
    if (!process) return null;
    const code = await process.end(signal, 40_000).catch(() => undefined);
    if (code !== undefined) return code;
    await process.end('SIGKILL');
    return -1;
  }

  private spawn(): void {
    this.ready = false;
    const config = JSON.stringify({ ...this.config, type: NUMBERED_TYPE });
    const preload = join(PROCESSES, 'moving-clock.mjs');
    const started = new ReportingProcess(
      {
        program: process.execPath,
        args: ['--import', preload, join(PROCESSES, 'chaos-application.mjs'), config],
      },
      (line) => this.hear(line),
      (text) => this.listener.complaint(text),
    );
    this.process = started;
    void this.supervise(started);
  }

  private hear(line: string): void {
    if (line === 'ready') this.ready = true;
    else if (/^[=>!+]/.test(line)) this.listener.line(line);
    else this.answers.push(line);
  }

  private async supervise(started: ReportingProcess): Promise<void> {
    const code = await started.read(LONGEST_LIFE_MS).catch(() => null);
    if (this.process !== started) return;
    this.listener.died(code);
    await sleep(SUPERVISOR_MS);
    if (this.process === started) this.spawn();
  }
}

export function newTopic(): string {
  return `chaos-${randomUUID()}`;
}
