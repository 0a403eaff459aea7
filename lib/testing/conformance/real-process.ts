import { runInThisContext } from 'node:vm';

/**
 * The `process` of Node itself. A test runner may give its tests another one (jest gives a copy), and
 * what listens there hears of no unhandled rejection and no warning.
 */
export const realProcess = runInThisContext('process') as NodeJS.Process;
