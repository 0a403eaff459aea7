import type { RecordEnd } from '../../consuming/consumer-runtime.options.js';
import { writeLine } from '../cli-io.js';
import type { CliHost, CliIo } from '../command.interface.js';
import { RecordPrinter } from '../record-printer.js';
import { offsetsOf, type ReplayPlan } from './replay-plan.js';

export interface HandleRangeParts {
  readonly host: CliHost;
  readonly io: CliIo;
  readonly shutdownTimeoutMs: number;
}

/**
 * Has the application's handlers get the range, and prints how each record ended and the sum. Resolves
 * to the exit code: 1 when a record failed, or the command was stopped before the end of the range.
 */
export async function handleRange(
  { admin, after, until, before, place }: ReplayPlan,
  { host, io, shutdownTimeoutMs }: HandleRangeParts,
): Promise<number> {
  const { topic, fullTopic, group } = place;
  const counts: Record<RecordEnd['result'], number> = {
    handled: 0,
    failed: 0,
    unusable: 0,
    unknownType: 0,
    noHandler: 0,
  };
  const stop = (): void => void replay.stop(Date.now() + shutdownTimeoutMs);
  const printer = new RecordPrinter(io, stop);
  const replay = await host.replay({ topic, group, start: { after }, until }, (end) => {
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
  const now = await admin.positions(group, fullTopic);
  const positions = { before: offsetsOf(before), after: offsetsOf(now) };
  await writeLine(io.stdout, { topic, group, replayed: counts, ...positions });
  return counts.failed + counts.unusable > 0 || io.signal.aborted ? 1 : 0;
}
