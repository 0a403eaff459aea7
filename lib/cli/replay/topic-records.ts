import type { CommandIo } from '../cli-io.js';
import { outsideText } from '../../errors/outside-text.js';
import type { Answer } from '../output/answers.js';
import { aligned } from '../output/readable.js';
import { monotonicNow } from '../../common/clocks.js';
import type {
  Delivery,
  DeliverySink,
  EventTransport,
  StartPosition,
  Subscription,
} from '../../transport/transport.interface.js';
import type { RecordEnd } from '../../consuming/observing/consuming-observer.js';
import type { CliHost } from '../command.js';
import { RecordPrinter } from '../record-printer.js';
import {
  adminOf,
  type FoundRecord,
  placeText,
  recordText,
  ReplayAnswers,
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
  survey(start: StartPosition, until: Until, found: (count: number) => void): Promise<Survey> {
    return this.read(start, until, Infinity, found);
  }

  private async read(
    start: StartPosition,
    until: Until,
    limit: number,
    found?: (count: number) => void,
  ): Promise<Survey> {
    this.signal.throwIfAborted();
    const sink = new Surveyor(limit, found);
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

const INTERRUPTED =
  'Reading stopped before the end of the range, because the transport was closed. Nothing was moved. Run the command again.';

class Surveyor implements DeliverySink {
  readonly done: Promise<Survey>;
  stop!: (reason: Error) => void;
  private finish!: (survey: Survey) => void;
  private survey: Survey = { events: 0, first: undefined, last: undefined };

  constructor(
    private readonly limit: number,
    private readonly found: (count: number) => void = () => undefined,
  ) {
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
    this.found(batch.length);
    if (this.survey.events >= this.limit) this.finish(this.survey);
  }

  revoke(): Promise<void> {
    return Promise.resolve();
  }

  notice(): void {}

  end(reason: 'until' | 'stopped' | Error): void {
    if (reason === 'until') this.finish(this.survey);
    else this.stop(reason === 'stopped' ? new Error(INTERRUPTED) : reason);
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
  readonly io: CommandIo;
  readonly transport: EventTransport;
  /** Whether idempotent handlers get also what they have handled. */
  readonly again: boolean;
  readonly shutdownTimeoutMs: number;
}

/**
 * Has the application's handlers get the range, and prints how each record ended and the sum. Resolves
 * to the exit code: 1 when a record failed, or the command was stopped before the end of the range.
 */
export async function handleRange(
  { place: { topic, fullTopic, group }, range, size }: ReplayPlan,
  { host, io, transport, again, shutdownTimeoutMs }: HandleRangeParts,
): Promise<number> {
  // A replay leaves no record to wait for a later retry.
  const counts: Record<Exclude<RecordEnd['result'], 'retriedLater'>, number> = {
    handled: 0,
    duplicate: 0,
    failed: 0,
    unusable: 0,
    deadLettered: 0,
    unknownType: 0,
    noHandler: 0,
  };
  const admin = adminOf(transport);
  const { groupPosition } = new ReplayAnswers(transport);
  const before = await admin.positions(group, fullTopic);
  const stop = (): void => void replay.stop(monotonicNow() + shutdownTimeoutMs);
  const printer = new RecordPrinter(io, transport.capabilities, stop);
  const progress = io.progress({ unit: 'events', total: size });
  const replay = await host.replay({ topic, group, again, ...range! }, (end) => {
    if (end.result !== 'retriedLater') counts[end.result]++;
    progress.advance();
    printer.end(end, true);
  });
  io.signal.addEventListener('abort', stop, { once: true });
  try {
    if (io.signal.aborted) stop();
    await replay.run();
  } finally {
    io.signal.removeEventListener('abort', stop);
    await printer.finished();
    progress.end();
  }
  const after = await admin.positions(group, fullTopic);
  const positions = { before: groupPosition(before), after: groupPosition(after) };
  await io.answers.write({
    json: { topic, group, replayed: counts, ...positions },
    text: (style) => {
      const told = Object.entries(counts).filter(([, count]) => count > 0);
      const results = told.map(([result, count]) => `${count} ${result}`).join(', ') || 'no events';
      const replayed = `${style.bold('replayed')}  ${results}`;
      return `${replayed}; group ${outsideText(group)} was not moved`;
    },
  });
  const failures = counts.failed + counts.unusable + counts.deadLettered;
  return failures > 0 || io.signal.aborted ? 1 : 0;
}

/** The answer of a dry run: every event of the range is read and counted, nothing is moved. */
export async function surveyRange(
  { place, range, before, after, size }: ReplayPlan,
  transport: EventTransport,
  io: CommandIo,
): Promise<Answer> {
  const { topic, fullTopic, group } = place;
  const answers = new ReplayAnswers(transport);
  const records = new TopicRecords(transport, fullTopic, io.signal);
  const moved = new Set(after.map(({ partition }) => partition));
  const staying = before.filter(({ partition }) => !moved.has(partition));
  const found = range && (await counted(records, range, size, io));
  const json = {
    topic,
    group,
    dry_run: true,
    events: found?.events ?? 0,
    first: answers.record(found?.first),
    last: answers.record(found?.last),
    before: answers.groupPosition(before),
    after: answers.groupPosition([...after, ...staying]),
    members: await adminOf(transport).members(group),
  };
  return {
    json,
    text: (style) => {
      const rows = [
        ['events', String(json.events)],
        ...(json.first ? [['first event', recordText(json.first)]] : []),
        ...(json.last ? [['last event', recordText(json.last)]] : []),
        ['group is at', placeText(json.before)],
        ['would be at', placeText(json.after)],
        ['active members', json.members.map((name) => outsideText(name)).join(', ') || 'none'],
      ];
      const dryRun = style.yellow('dry run');
      return [
        `${dryRun}  group ${outsideText(group)} on topic ${outsideText(topic)}; nothing was moved`,
        ...aligned(rows).map((row) => `  ${row}`),
      ].join('\n');
    },
  };
}

async function counted(
  records: TopicRecords,
  { start, until }: ReplayRange,
  total: number | undefined,
  io: CommandIo,
): Promise<Survey> {
  const progress = io.progress({ unit: 'events', total });
  try {
    return await records.survey(start, until, (count) => progress.advance(count));
  } finally {
    progress.end();
  }
}
