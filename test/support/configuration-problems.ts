import type { ConfigurationProblem } from '../../lib/errors/configuration.errors.js';
import { ConfigurationError } from '../../lib/errors/index.js';
import { configureBus, type ConfigurationInput } from '../../lib/event-bus.configuration.js';

const quiet = (): void => undefined;
const logger = { log: quiet, warn: quiet, error: quiet, debug: quiet };

/** Configures a bus as a start does, with its transport; rejects as that does. */
export async function configure(options: ConfigurationInput['options']): Promise<void> {
  const { parts } = await configureBus({
    options,
    sources: { env: {} },
    added: [],
    loggerOf: () => logger,
    checkRoutes: false,
  });
  await parts.transport.close(0);
}

/** What the start of a bus refuses: settings, options and those of its transport, from one error. */
export async function configurationProblems(
  options: ConfigurationInput['options'],
): Promise<readonly ConfigurationProblem[]> {
  try {
    await configure(options);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.problems;
  }
}
