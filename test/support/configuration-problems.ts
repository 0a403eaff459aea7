import type { ConfigurationProblem } from '../../lib/errors/configuration.errors.js';
import { ConfigurationError } from '../../lib/errors/index.js';
import { configureBus, type ConfigurationInput } from '../../lib/event-bus.configuration.js';

const quiet = (): void => undefined;
const logger = { log: quiet, warn: quiet, error: quiet, debug: quiet };

/** What the start of a bus refuses: settings, options and those of its transport, from one error. */
export async function configurationProblems(
  options: ConfigurationInput['options'],
  env: Record<string, string> = {},
): Promise<readonly ConfigurationProblem[]> {
  try {
    const { parts } = await configureBus({
      options,
      sources: { env },
      added: [],
      loggerOf: () => logger,
      checkRoutes: false,
    });
    await parts.transport.close(0);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.problems;
  }
}
