import { ConfigurationError } from '../../errors/index.js';
import type { Subscription } from '../transport.interface.js';

/** Throws ConfigurationError for a subscription that could never deliver anything. */
export function checkSubscription(wanted: Subscription): void {
  const { topics, maxInFlight, maxInFlightBytes = 1 } = wanted;
  const counts = { topics: topics.length, maxInFlight, maxInFlightBytes };
  const problems = Object.entries(counts)
    .filter(([, found]) => !(found >= 1))
    .map(([setting, found]) => ({
      setting: `subscription ${setting}`,
      found: String(found),
      allowed: 'at least 1',
    }));
  if (problems.length > 0) throw new ConfigurationError(problems);
}

/** What an error says about where it happened. */
export function placeOf({ topics, group }: Subscription): { topic: string; group?: string } {
  return { topic: topics.join(', '), ...(group === null ? {} : { group }) };
}
