import { ConfigurationError } from '../../lib/errors/index.js';
import type { ResolvedSettings } from '../../lib/settings/event-bus-settings.js';
import { readSettings } from '../../lib/settings/resolve-settings.js';
import type { SettingSources } from '../../lib/settings/setting-reader.js';

/** The settings of a bus alone, without those of its transport. Throws ConfigurationError with every problem. */
export function resolveSettings(
  options: Parameters<typeof readSettings>[0],
  sources: Omit<SettingSources, 'literal'>,
): ResolvedSettings {
  const { settings, problems } = readSettings(options, sources);
  const { transport } = settings;
  if (problems.length || transport === undefined) throw new ConfigurationError(problems);
  return { ...settings, transport };
}
