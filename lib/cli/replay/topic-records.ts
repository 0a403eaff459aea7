import { type CliIo, writeLine } from '../cli-io.js';
import { monotonicNow } from '../../common/clocks.js';
import type {
  Delivery,
  DeliverySink,
  EventTransport,
  StartPosition,
  Subscription,
} from '../../transport/transport.interface.js';
import type { RecordEnd } from '../../consuming/processing/processing-context.js';
import type { CliHost } from '../command.js';
import { RecordPrinter } from '../record-printer.js';
import {
  adminOf,
  type FoundRecord,
  ReplayAnswers,
  type ReplayPlace,
  type ReplayRange,
  type ReplayPlan,
} from './replay-plan.js';

type Until = NonNullable<Subscription['until']>;

export interface Survey {
  readonly events: number;
  readonly first: FoundRecord | undefined;
  readonly last: FoundRecord | undefined;
}

const IN_FLIGHT = 1_000;
const STOP_MS = 5_000;

/** Looks at the records of one topic without a group. */
export class TopicRecords {
  constructor(
    private readonly transport: EventTransport,
    private readonly fullTopic: string,
    private readonly signal: AbortSignal,
  ) {}

  /** The first record of a range; undefined where it holds none. */
  async first(start: StartPosition, until: Until = 'end'): Promise<FoundRecord | undefined> {
    return (await this.read(start, until, 1)).first;
  }

  /** Counts the records of a range: each is fetched. */
  survey(start: StartPosition, until: Until): Promise<Survey> {
    return this.read(start, until, Infinity);
  }

  private async read(start: StartPosition, until: Until, limit: number): Promise<Survey> {
    this.signal.throwIfAborted();
    const sink = new Surveyor(limit);
    const topics = [this.fullTopic];
    const maxInFlight = Math.min(limit, IN_FLIGHT);
    const handle = await this.transport.subscribe(
      { topics, group: null, start, until, maxInFlight },
      sink,
    );
    const stop = (): void => sink.stop(this.signal.reason as Error);
    this.signal.addEventListener('abort', stop, { once: true });
    try {
      return await sink.done;
    } finally {
      this.signal.removeEventListener('abort', stop);
      await handle.stop(monotonicNow() + STOP_MS);
    }
  }
}

class Surveyor implements DeliverySink {
  readonly done: Promise<Survey>;
  stop!: (reason: Error) => void;
  private finish!: (survey: Survey) => void;
  private survey: Survey = { events: 0, first: undefined, last: undefined };

  constructor(private readonly limit: number) {
    this.done = new Promise((resolve, reject) => {
      this.finish = resolve;
      this.stop = reject;
    });
    // It may end before anybody waits for it.
    this.done.catch(() => undefined);
  }

  deliver(batch: readonly Delivery[]): void {
    for (const delivery of batch) {
      if (this.survey.events < this.limit) this.count(delivery);
      delivery.settle();
    }
    if (this.survey.events >= this.limit) this.finish(this.survey);
  }

  revoke(): Promise<void> {
    return Promise.resolve();
  }

  notice(): void {}

  end(reason: 'until' | 'stopped' | Error): void {
    if (reason === 'until') this.finish(this.survey);
    else this.stop(reason === 'stopped' ? new Error('The reading was stopped') : reason);
  }

  private count({ position, record: { brokerTime } }: Delivery): void {
    const found = { position, brokerTime };
    const { events, first = found, last = found } = this.survey;
    // Partitions are read side by side.
    this.survey = {
      events: events + 1,
      first: isBefore(found, first) ? found : first,
      last: isBefore(found, last) ? last : found,
    };
  }
}

function isBefore(one: FoundRecord, other: FoundRecord): boolean {
  return (one.brokerTime ?? 0) < (other.brokerTime ?? 0);
}

export interface HandleRangeParts {
  readonly host: CliHost;
  readonly io: CliIo;
  readonly transport: EventTransport;
  readonly shutdownTimeoutMs: number;
}

/**
 * Has the application's handlers get the range, and prints how each record ended and the sum. Resolves
 * to the exit code: 1 when a record failed, or the command was stopped before the end of the range.
 */
export async function handleRange(
  { topic, fullTopic, group }: ReplayPlace,
  range: ReplayRange,
  { host, io, transport, shutdownTimeoutMs }: HandleRangeParts,
): Promise<number> {
  const counts: Record<RecordEnd['result'], number> = {
    handled: 0,
    failed: 0,
    unusable: 0,
    unknownType: 0,
    noHandler: 0,
  };
  const admin = adminOf(transport);
  const { errorContext } = new ReplayAnswers(transport);
  const before = await admin.positions(group, fullTopic);
  const stop = (): void => void replay.stop(monotonicNow() + shutdownTimeoutMs);
  const printer = new RecordPrinter(io, transport.capabilities, stop);
  const replay = await host.replay({ topic, group, ...range }, (end) => {
    counts[end.result]++;
    printer.end(end, true);
  });
  io.signal.addEventListener('abort', stop, { once: true });
  try {
    if (io.signal.aborted) stop();
    await replay.run();
  } finally {
    io.signal.removeEventListener('abort', stop);
    await printer.finished();
  }
  const after = await admin.positions(group, fullTopic);
  const positions = { before: errorContext(before), after: errorContext(after) };
  await writeLine(io.stdout, { topic, group, replayed: counts, ...positions });
  return counts.failed + counts.unusable > 0 || io.signal.aborted ? 1 : 0;
}

/** The answer of a dry run: every event of the range is read and counted, nothing is moved. */
export async function surveyRange(
  { place, range, before, after }: ReplayPlan,
  transport: EventTransport,
  io: CliIo,
): Promise<Readonly<Record<string, unknown>>> {
  const { topic, fullTopic, group } = place;
  const answers = new ReplayAnswers(transport);
  const records = new TopicRecords(transport, fullTopic, io.signal);
  const moved = new Set(after.map(({ partition }) => partition));
  const staying = before.filter(({ partition }) => !moved.has(partition));
  const found = range && (await records.survey(range.start, range.until));
  return {
    topic,
    group,
    dry_run: true,
    events: found?.events ?? 0,
    first: answers.record(found?.first),
    last: answers.record(found?.last),
    before: answers.errorContext(before),
    after: answers.errorContext([...after, ...staying]),
    members: await adminOf(transport).members(group),
  };
}
