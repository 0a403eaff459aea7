import { NestFactory } from '@nestjs/core';
import { ConfigurationError, type ConfigurationProblem } from '../../../lib/errors/index.js';

/** An application without a server; rejects where it cannot start. */
export const start = (module: new () => object) =>
  NestFactory.createApplicationContext(module, { logger: false, abortOnError: false });

/** What the start of the application lists as wrong. */
export async function problemsOf(
  module: new () => object,
): Promise<readonly ConfigurationProblem[]> {
  const error = await start(module).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ConfigurationError);
  return (error as ConfigurationError).problems;
}
