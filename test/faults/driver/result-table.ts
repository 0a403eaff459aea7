import type { FaultRunResult, Side } from './fault-run-result.js';

const HEAD = [
  'fault',
  'times',
  'lost',
  'duplicates',
  'order violations',
  'recovery, median / longest (s)',
  'reference lost',
  'its recovery (s)',
  'further',
];

/** One row of Markdown for each scenario. */
export class ResultTable {
  private readonly rows: string[][] = [HEAD, HEAD.map(() => '---')];

  add(name: string, result: FaultRunResult): void {
    const { faults, ours, reference, referenceIsBehind, tries } = result;
    const theirs = referenceIsBehind
      ? 'not known: still behind'
      : String(reference?.lost.length ?? '');
    this.rows.push([
      name,
      String(faults),
      String(ours.lost.length),
      tries > 0 ? `${ours.duplicates} (${tries} sent again)` : String(ours.duplicates),
      String(ours.violations),
      recovery(ours),
      theirs,
      reference ? recovery(reference) : '',
      further(result),
    ]);
  }

  /** A run that did not come to its end. */
  addFailure(name: string, reason: string): void {
    this.rows.push([name, reason]);
  }

  get last(): string {
    return lineOf(this.rows.at(-1)!);
  }

  toString(): string {
    return this.rows.map(lineOf).join('\n');
  }
}

function lineOf(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function recovery({ silences, handled }: Side): string {
  if (silences.length === 0 || handled === 0) return '';
  const sorted = [...silences].sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)]!;
  return `${median.toFixed(1)} / ${sorted.at(-1)!.toFixed(1)}`;
}

function further({ errorLines, loopGapMs }: FaultRunResult): string {
  if (loopGapMs > 0) return `longest gap of the event loop ${loopGapMs} ms`;
  return errorLines > 0 ? `${errorLines} lines of errors` : '';
}
