import { writeSync } from 'node:fs';

// Prints the plain closing line that any CI can read: "N passed, N failed, N skipped". At the exit, because
// jest's own summary comes after the reporters.
export default class CiReporter {
  onRunComplete(_contexts, results) {
    const skipped = results.numPendingTests + results.numTodoTests;
    // a suite that did not even load counts as one failure
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const line = `\n${results.numPassedTests} passed, ${failed} failed, ${skipped} skipped\n`;
    process.once('exit', () => writeSync(1, line));
  }
}
