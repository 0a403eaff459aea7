import { monotonicNow } from '../../common/clocks.js';
import type { RecordEnd } from '../../consuming/processing/processing-context.js';
import type { EventTransport } from '../../transport/transport.interface.js';
import { writeLine } from '../cli-io.js';
import type { CliHost, CliIo } from '../option-values.js';
import { RecordPrinter } from '../record-printer.js';
import {
  adminOf,
  ReplayAnswers,
  type ReplayPlace,
  type ReplayRange,
  type ReplayPlan,
} from './replay-plan.js';
import { TopicRecords } from './topic-records.js';

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
  const { placeOf } = new ReplayAnswers(transport);
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
  const positions = { before: placeOf(before), after: placeOf(after) };
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
    before: answers.placeOf(before),
    after: answers.placeOf([...after, ...staying]),
    members: await adminOf(transport).members(group),
  };
}
