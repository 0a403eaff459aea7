import { didYouMean } from '../common/names.js';
import { ConfigurationError, UnknownEventError } from '../errors/index.js';
import { OPEN_EDX_EVENTS } from './catalog/open-edx-events.js';
import { checkedDefinition, type EventDefinition } from './event-definition.js';

/** Finds event definitions by type. Each bus has one, under `getEventCatalogToken`. */
export class EventCatalog {
  private readonly definitions = new Map<string, EventDefinition>();

  constructor(definitions: Iterable<EventDefinition> = []) {
    for (const definition of definitions) this.add(definition);
  }

  /** A new catalogue of every Open edX event of `OPENEDX_EVENTS_RELEASE`. */
  static openEdx(): EventCatalog {
    return new EventCatalog(OPEN_EDX_EVENTS);
  }

  /** The definition of the event type; undefined where the catalogue has none. */
  get(type: string): EventDefinition | undefined {
    return this.definitions.get(type);
  }

  /** The definition of the event type. Throws UnknownEventError where the catalogue has none. */
  require(type: string): EventDefinition {
    const definition = this.definitions.get(type);
    if (!definition)
      throw new UnknownEventError(type, {}, didYouMean(type, [...this.definitions.keys()]));
    return definition;
  }

  /**
   * Adds a definition. The same object again changes nothing. Throws ConfigurationError for another definition of a
   * known type, and for what `defineEvent` rejects.
   */
  add(definition: EventDefinition): void {
    const checked = checkedDefinition(definition);
    const known = this.definitions.get(checked.type);
    if (known !== undefined && known !== checked) {
      throw new ConfigurationError([
        {
          setting: `event ${checked.type}`,
          found: 'two definitions of this event type',
          allowed: 'one definition (use a different type for a custom event)',
        },
      ]);
    }
    this.definitions.set(checked.type, checked);
  }

  /** Every definition, in the order in which they were added. */
  all(): readonly EventDefinition[] {
    return [...this.definitions.values()];
  }
}

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
        'an event type, "*", or a pattern whose last segment is "*", for example "org.openedx.learning.*"',
    },
  ]);
}
