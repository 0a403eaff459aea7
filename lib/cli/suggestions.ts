import { nearMatches } from '../common/names.js';
import { shownName } from '../errors/outside-text.js';
import type { EventCatalog } from '../events/event-catalog.js';
import type { EventDefinition } from '../events/event-definition.js';
import type { AnyFieldType, Fields, OptionalField, RecordType } from '../events/field-type.js';
import { PLATFORM_TOPICS } from '../events/platform-topics.js';
import type { CommandIo } from './cli-io.js';
import type { CliHost } from './command.js';

const MOST = 3;

/** ` Did you mean …?`, to be put behind a sentence; '' where no name is near. */
export function didYouMean(wanted: string, names: readonly string[], limit?: number): string {
  const near = nearMatches(wanted, names, limit);
  return question(near.length > 0 ? near : namesWith(wanted, names));
}

function question(names: readonly string[]): string {
  return names.length === 0 ? '' : ` Did you mean ${names.join(' or ')}?`;
}

/** Names of which `wanted` is a part, unless it is a part of many. */
function namesWith(wanted: string, names: readonly string[]): readonly string[] {
  const found = wanted.length < 4 ? [] : names.filter((name) => name.includes(wanted));
  return found.length > MOST ? [] : found;
}

/** As `didYouMean`, for the short names of commands and options, of which nearly all are three slips apart. */
export function didYouMeanWord(wanted: string, names: readonly string[]): string {
  const starting = names.filter((name) => wanted.length > 2 && name.startsWith(wanted));
  const limit = Math.max(1, Math.floor(wanted.replace(/^-+/, '').length * 0.4));
  return starting.length > 0 && starting.length <= MOST
    ? question(starting)
    : didYouMean(wanted, names, limit);
}

/** ` Did you mean …?` for an event type that a catalogue does not have. */
export function eventTypeAdvice(catalog: EventCatalog): (type: string) => string {
  const types = catalog.all().map(({ type }) => type);
  return (type) => didYouMean(type, types);
}

/** ` Did you mean …?` for the path of a field that an event does not have. */
export function fieldPathAdvice(path: string, definition: EventDefinition): string {
  const paths = fieldPathsOf(definition);
  const last = path.slice(path.lastIndexOf('.') + 1);
  return didYouMean(path, paths) || question(namesWith(`.${last}`, paths));
}

/** The paths of all fields of an event that have no fields of their own: `user.pii.username`. */
export function fieldPathsOf({ data }: Pick<EventDefinition, 'data'>): readonly string[] {
  const paths: string[] = [];
  const walk = (fields: Fields, before: string, above: ReadonlySet<AnyFieldType>): void => {
    for (const [name, field] of Object.entries(fields)) {
      const inner = field.kind === 'optional' ? (field as OptionalField<unknown>).of : field;
      if (inner.kind !== 'record') paths.push(before + name);
      else if (!above.has(inner))
        walk(
          (inner as RecordType<unknown>).fields,
          `${before}${name}.`,
          new Set([...above, inner]),
        );
    }
  };
  walk(data, '', new Set());
  return paths;
}

/** The topics (without prefix) to which the services of an Open edX platform send their events. */
export function platformTopics(): readonly string[] {
  return [...new Set(Object.values(PLATFORM_TOPICS).flatMap((topics) => Object.keys(topics)))];
}

/** A topic that is near one that the bus knows may be a slip; any other is a topic of another service. */
export async function warnOfUnknownTopic(
  topic: string,
  { logger }: Pick<CommandIo, 'logger'>,
  host: CliHost,
): Promise<void> {
  const known = [...(await host.knownTopics()), ...platformTopics()];
  if (known.includes(topic)) return;
  const limit = Math.max(1, Math.floor(topic.length / 5));
  const meant = question(nearMatches(topic, known, limit));
  if (meant)
    logger.warn(
      `No known event is sent to the topic ${shownName(topic)}; the command continues.${meant}`,
    );
}
