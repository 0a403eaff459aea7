import { didYouMean } from '../common/names.js';
import { ConfigurationError, type ConfigurationProblem } from '../errors/configuration.errors.js';
import { shownName, shownValue } from '../errors/outside-text.js';
import { readFileSync } from 'node:fs';
import type { SettingReader } from './setting-reader.js';

/** One topic of an event type. Names as in Python's EVENT_BUS_PRODUCER_CONFIG. */
export interface EventBusTopicConfig {
  /** Dotted path to the value that becomes the Kafka key; events of one key keep their order. */
  readonly event_key_field: string;
  /** False: nothing is sent to the topic, and `send` succeeds all the same. */
  readonly enabled: boolean;
}

/** `{ eventType: { topic: { event_key_field, enabled } } }`, topics without prefix: EVENT_BUS_PRODUCER_CONFIG. */
export type EventBusProducerConfig = Readonly<
  Record<string, Readonly<Record<string, EventBusTopicConfig>>>
>;

/** Changes to an EventBusProducerConfig: only what differs. null and undefined change nothing. */
export type EventBusProducerConfigOverrides = Readonly<
  Record<
    string,
    Readonly<
      Record<
        string,
        {
          readonly [Key in keyof EventBusTopicConfig]?: EventBusTopicConfig[Key] | null | undefined;
        }
      >
    >
  >
>;

type Entry = Readonly<Record<string, unknown>>;

/**
 * Every problem of a producer configuration, each naming the event type and topic (Python checks the same).
 * With `knows`, unknown event types are problems too; names that are like one are taken from `types`.
 */
export function producerConfigProblems(
  config: unknown,
  setting: string,
  knows: (eventType: string) => boolean = () => true,
  types: readonly string[] = [],
): ConfigurationProblem[] {
  const problems: ConfigurationProblem[] = [];
  const refuse = (place: string, found: unknown, allowed: string) =>
    problems.push({ setting: place, found: shownValue(place, found), allowed });

  if (!isEntry(config)) {
    refuse(setting, config, 'an object { eventType: { topic: { event_key_field, enabled } } }');
    return problems;
  }
  for (const [type, topics] of Object.entries(config)) {
    const ofType = `${setting}[${JSON.stringify(shownName(type))}]`;
    if (!isEntry(topics)) {
      refuse(ofType, topics, 'an object { topic: { event_key_field, enabled } }');
      continue;
    }
    if (!knows(type))
      refuse(ofType, shownName(type), `a known event type${didYouMean(type, types)}`);
    for (const [topic, entry] of Object.entries(topics)) {
      const ofTopic = `${ofType}[${JSON.stringify(shownName(topic))}]`;
      if (!isEntry(entry)) {
        refuse(ofTopic, entry, 'an object { event_key_field, enabled }');
        continue;
      }
      if (typeof entry['event_key_field'] !== 'string')
        refuse(`${ofTopic}.event_key_field`, entry['event_key_field'], 'a string');
      if (typeof entry['enabled'] !== 'boolean')
        refuse(`${ofTopic}.enabled`, entry['enabled'], 'true or false (a boolean)');
    }
  }
  return problems;
}

/**
 * A new configuration: `original` with what `overrides` sets, as Python's `merge_producer_configs` does it.
 *
 * For each event type and topic of `overrides`, `enabled` and `event_key_field` replace those of
 * `original` when they are neither undefined nor null; event types and topics that `original` lacks
 * are added, even when incomplete. Other keys in `overrides` are dropped, other keys in `original`
 * stay. The inputs are not changed and share nothing with the result.
 *
 * Throws ConfigurationError where either is not made of objects.
 */
export function mergeProducerConfigs(
  original: EventBusProducerConfig,
  overrides: EventBusProducerConfigOverrides,
): EventBusProducerConfig {
  const merged = new Map<string, Map<string, Record<string, unknown>>>();
  for (const [type, topics] of entriesOf(original, 'original')) {
    const copies = entriesOf(topics, `original[${JSON.stringify(shownName(type))}]`).map(
      ([topic, entry]) => [topic, structuredClone(entry) as Record<string, unknown>] as const,
    );
    merged.set(type, new Map(copies));
  }
  for (const [type, topics] of entriesOf(overrides, 'overrides')) {
    const place = `overrides[${JSON.stringify(shownName(type))}]`;
    const ofType = merged.get(type) ?? new Map<string, Record<string, unknown>>();
    for (const [topic, entry] of entriesOf(topics, place)) {
      const set = Object.fromEntries(
        entriesOf(entry, `${place}[${JSON.stringify(shownName(topic))}]`),
      );
      const combined = ofType.get(topic) ?? {};
      for (const key of ['enabled', 'event_key_field'])
        if (set[key] !== undefined && set[key] !== null) combined[key] = set[key];
      ofType.set(topic, combined);
    }
    merged.set(type, ofType);
  }
  return Object.fromEntries(
    [...merged].map(([type, topics]) => [type, Object.fromEntries(topics)]),
  ) as unknown as EventBusProducerConfig;
}

function entriesOf(value: unknown, place: string): [string, unknown][] {
  if (isEntry(value)) return Object.entries(value);
  throw new ConfigurationError([
    { setting: place, found: shownValue(place, value), allowed: 'an object' },
  ]);
}

function isEntry(value: unknown): value is Entry {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export const PRODUCER_CONFIG = 'EVENT_BUS_PRODUCER_CONFIG';
const ALLOWED =
  'an object { eventType: { topic: { event_key_field, enabled } } }, the same as JSON, or the path of a JSON file (@path, or a path that ends in .json)';

/**
 * The producer configuration of the option, else of `EVENT_BUS_PRODUCER_CONFIG`: an object, JSON
 * text, or the path of a JSON file. Every problem of its shape is reported to the reader.
 */
export function readProducerConfig(option: unknown, reader: SettingReader): EventBusProducerConfig {
  const value = option ?? reader.setting(PRODUCER_CONFIG);
  const isGiven = value !== undefined && value !== '';
  const config = isGiven ? readGiven(value, reader) : {};
  reader.told({
    option: 'producerConfig',
    setting: PRODUCER_CONFIG,
    value: described(config, value),
    from: !isGiven ? 'default' : (option ?? undefined) === undefined ? 'setting' : 'option',
  });
  return config;
}

function described(config: EventBusProducerConfig, given: unknown): string {
  const types = Object.keys(config).length;
  const isFile = typeof given === 'string' && pathIn(given.trim()) !== undefined;
  return `routes of ${types} ${types === 1 ? 'event type' : 'event types'}${isFile ? ', from a file' : ''}`;
}

function readGiven(value: unknown, reader: SettingReader): EventBusProducerConfig {
  const parsed = typeof value === 'string' ? parse(value, reader) : value;
  if (parsed === undefined) return {};
  const problems = producerConfigProblems(parsed, PRODUCER_CONFIG);
  reader.problems.push(...problems);
  return problems.length ? {} : (parsed as EventBusProducerConfig);
}

/** A string that only looks like a path may hold anything. */
function shownPath(path: string): string {
  return /^[\w./\\-]{1,255}$/.test(path) ? path : 'the file';
}

/** Of the file that a text names in the place of JSON. */
function pathIn(text: string): string | undefined {
  return text.startsWith('@') ? text.slice(1) : text.endsWith('.json') ? text : undefined;
}

const NOT_JSON = 'text that is not valid JSON';

function parse(text: string, reader: SettingReader): unknown {
  const trimmed = text.trim();
  const path = pathIn(trimmed);
  let json = trimmed;
  const wrong = (found: string): void =>
    void reader.problems.push({ setting: PRODUCER_CONFIG, found, allowed: ALLOWED });
  if (path !== undefined) {
    try {
      json = readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code ?? 'unknown';
      wrong(`a file that cannot be read (${shownPath(path)}: ${reason})`);
      return undefined;
    }
  }
  try {
    return JSON.parse(json) as unknown;
  } catch {
    wrong(path === undefined ? NOT_JSON : `a file that is not valid JSON (${shownPath(path)})`);
    return undefined;
  }
}
