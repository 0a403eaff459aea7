import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { buildLibrary, type BuiltLibrary } from './built-library.js';
import type { TransportPlan } from './fault-bus.interface.js';
import { NUMBERED_TYPE } from './numbered-events.js';
import { ReportingProcess } from './reporting-process.js';

/** What `processes/stopping.mjs` takes, besides the place of the library and of the events. */
export interface SlowProcessConfig {
  readonly transport: TransportPlan;
  readonly handlerMs?: number;
  /** The handler of the first event that the process gets holds the event loop for so long. */
  readonly blockMs?: number;
  readonly fails?: boolean;
  /** The event in whose handler the process kills itself. */
  readonly deadly?: number;
  /** As `deadly`, once the handler has done its work. */
  readonly deadlyAfter?: number;
  readonly ids?: boolean;
  readonly quiet?: boolean;
  readonly useProcessExit?: boolean;
  readonly bus?: Readonly<Record<string, unknown>>;
}

export interface SlowApplication {
  readonly process: ReportingProcess;
  readonly said: string[];
  says(line: string): Promise<void>;
}

const PROGRAM = join(import.meta.dirname, '..', 'processes', 'stopping.mjs');

/** Applications with a slow handler in one group of a topic, each in a process of its own. */
export class SlowProcesses {
  topic = '';
  group = 'g';
  private running: ReportingProcess[] = [];

  private constructor(private readonly library: BuiltLibrary) {}

  static async prepare(): Promise<SlowProcesses> {
    return new SlowProcesses(await buildLibrary());
  }

  newTopic(): void {
    this.topic = `slow-${randomUUID()}`;
  }

  start(config: SlowProcessConfig): SlowApplication {
    const said: string[] = [];
    const { topic, group } = this;
    const place = { lib: this.library.address, type: NUMBERED_TYPE, topic, group };
    const program = {
      program: process.execPath,
      args: [PROGRAM, JSON.stringify({ ...place, ...config })],
    };
    const started = new ReportingProcess(program, (line) => said.push(line));
    this.running.push(started);
    const says = (line: string) => started.reaches(line, () => said.includes(line));
    return { process: started, said, says };
  }

  async kill(): Promise<void> {
    await Promise.all(this.running.splice(0).map((each) => each.end('SIGKILL')));
  }

  end(): Promise<void> {
    return this.library.remove();
  }
}
