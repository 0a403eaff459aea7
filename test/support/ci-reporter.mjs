import { writeSync } from 'node:fs';
import { relative } from 'node:path';

const SLOWEST = 15;

// Prints the slowest files, and the plain closing line that any CI can read: "N passed, N failed, N skipped".
// At the exit, because jest's own summary comes after the reporters.
export default class CiReporter {
  constructor({ rootDir }) {
    this.rootDir = rootDir;
  }

  onRunComplete(_contexts, results) {
    const skipped = results.numPendingTests + results.numTodoTests;
    // a suite that did not even load counts as one failure
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const closing = `${results.numPassedTests} passed, ${failed} failed, ${skipped} skipped`;
    const text = `\nSlowest files:\n${this.slowest(results.testResults)}\n\n${closing}\n`;
    process.once('exit', () => writeSync(1, text));
  }

  slowest(files) {
    return files
      .map(({ testFilePath, perfStats: { start, end } }) => ({ testFilePath, ms: end - start }))
      .sort((a, b) => b.ms - a.ms)
      .slice(0, SLOWEST)
      .map(
        ({ testFilePath, ms }) =>
          `${(ms / 1_000).toFixed(1).padStart(7)} s  ${relative(this.rootDir, testFilePath)}`,
      )
      .join('\n');
  }
}
