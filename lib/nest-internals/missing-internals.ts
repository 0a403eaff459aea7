import { ConfigurationError } from '../errors/index.js';

/** The releases of Nest inside which this package reaches and with which it is tested. */
export const TESTED_NEST = ['11.0.1', '11.2.10', '12.5.1'] as const;

/** With such a Nest enhancers would be left out, or the start and the end of consuming be misplaced, and nobody would see it. */
export function missingInternals(names: readonly string[]): ConfigurationError {
  const found = `a release that has no ${names.join(', ')}`;
  const allowed = `a release whose inner parts this package knows, such as ${TESTED_NEST.join(', ')}`;
  return new ConfigurationError([{ setting: '@nestjs/core', found, allowed }]);
}
