import { ConfigurationError } from '../errors/index.js';

/** Whether the text is a pattern and not the type of one event. */
export function isWildcard(pattern: string): boolean {
  return pattern === '*' || pattern.endsWith('.*');
}

/** Whether the event type is the pattern's, or lies below a pattern `prefix.*` or `*`: one segment or more. */
export function matchesPattern(pattern: string, type: string): boolean {
  if (pattern === '*') return type !== '';
  if (!pattern.endsWith('.*')) return pattern === type;
  const prefix = pattern.slice(0, -1);
  return type.length > prefix.length && type.startsWith(prefix);
}

/** Throws ConfigurationError unless the text is an event type, or a pattern with `*` as its whole last segment. */
export function assertPattern(pattern: string): void {
  const fixed = isWildcard(pattern) ? pattern.slice(0, -1) : pattern;
  if (pattern === '*' || (fixed !== '' && fixed !== '.' && !fixed.includes('*'))) return;
  throw new ConfigurationError([
    {
      setting: 'event pattern',
      found: JSON.stringify(pattern),
      allowed:
        'an event type, "*", or a pattern whose last segment is "*", as "org.openedx.learning.*"',
    },
  ]);
}
