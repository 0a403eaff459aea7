import { shownName } from '../errors/outside-text.js';
import { misspeltOptions } from '../errors/unknown-names.js';
import type { EventMetadata } from '../events/event-metadata.js';
import { type Duration, DURATION_ALLOWED, durationMs } from './duration.js';
import type { SettingReader } from './setting-reader.js';

/** How often and when a record whose handlers failed is tried again. Only the handlers that failed run again. */
export interface RetrySettings {
  /** Attempts in all, the first one included: an integer >= 1. Default 3. */
  readonly attempts: number;
  /** Delay before the second attempt, in ms. Default 1,000. */
  readonly delayMs: number;
  /** Each further delay is the last one times this factor, a number >= 1. Default 2. */
  readonly factor: number;
  /** No delay is longer than this, in ms. Default 30,000. */
  readonly maxDelayMs: number;
  /**
   * The part of each delay that is random, from 0 (none, the default) to 1: with 0.5 a delay of 8 s becomes 4 to 8 s, so
   * that many records that failed at the same moment do not come back at the same moment.
   */
  readonly jitter?: number;
  /**
   * Later retries, after the attempts above: how long a record waits before each of them, such as `['1m', '10m']`. It waits
   * on a topic of its own (`{topic}-{group}-retry-{delay}`), so that later records of its topic go on; each later retry is
   * one attempt. **The order of records with the same key is given up**: later ones are handled before one that waits. Not
   * in a replay or a redrive. Default: none.
   */
  readonly later?: readonly Duration[];
}

/** As many later retries as a record may have. */
export const MOST_LATER_RETRIES = 20;

/**
 * What happens to a record after its last attempt: `log` acknowledges it, `deadLetter` keeps it on a topic for dead letters
 * and then acknowledges it, `halt` stops consuming at it. Where the handlers of one event differ, `halt` goes before
 * `deadLetter`, and `deadLetter` before `log`.
 */
export type FailureAction = 'log' | 'deadLetter' | 'halt';

/** Where an error happened: what a classifier may decide by. */
export interface FailureContext {
  /** Name of the bus. */
  readonly bus: string;
  /** Consumer group. */
  readonly group: string;
  /** Topic without prefix. */
  readonly topic: string;
  /** Event type. */
  readonly type: string;
  /** Id of the handler that failed. */
  readonly handler: string;
  /** 1 for the first attempt at the record. */
  readonly attempt: number;
  /** Metadata of the event: its id, source, time and versions. */
  readonly metadata: EventMetadata;
}

/**
 * Says what an error of a handler means: `retry` it, as often as `retry.attempts` says; `fail`: no further attempt,
 * `onFailure` decides at once; `halt`: consuming stops at the record, whatever `onFailure` says. undefined: the next wider
 * classifier decides, then the default, `retry`. It is not asked for UnrecoverableError, which always fails, or
 * ServiceUnavailableError, which always waits. One that throws counts as one that returned undefined, and is logged.
 */
export type FailureClassifier = (
  error: unknown,
  context: FailureContext,
) => 'retry' | 'fail' | 'halt' | undefined;

/**
 * What happens when handlers fail. Each value is taken from the narrowest of these that has it: the handler, the topic, the
 * bus.
 */
export interface FailureOptions {
  /** Replaces single values of the wider retry settings. */
  readonly retry?: Partial<RetrySettings> | undefined;
  /**
   * After the last attempt: `log` the failure, acknowledge and go on (default); keep the record as a `deadLetter`,
   * acknowledge and go on; or `halt` at the record.
   */
  readonly onFailure?: 'log' | 'deadLetter' | 'halt' | undefined;
  /** Which errors are worth a retry. Default: all of them. */
  readonly classify?: FailureClassifier | undefined;
}

const RETRY: RetrySettings = {
  attempts: 3,
  delayMs: 1000,
  factor: 2,
  maxDelayMs: 30_000,
  jitter: 0,
};

const NAMES = [...Object.keys(RETRY), 'later'];

const LONGEST_LATER_MS = 30 * 86_400_000;

/** `retry` of a bus, complete. */
export function readRetry(
  retry: Partial<RetrySettings> | undefined,
  reader: SettingReader,
): RetrySettings {
  return { ...RETRY, ...readPartialRetry(retry, 'retry', reader) };
}

/** Failure options of a topic or a handler; what is invalid is left out. `where` names them in a message. */
export function readFailureOptions(
  options: FailureOptions,
  where: string,
  reader: SettingReader,
): FailureOptions {
  const { retry, onFailure, classify } = options;
  const name = (option: string): string => `${where}${option}`;
  return {
    ...(retry !== undefined && { retry: readPartialRetry(retry, name('retry'), reader) }),
    ...(onFailure !== undefined && {
      onFailure: reader.choice(onFailure, name('onFailure'), ACTIONS),
    }),
    ...(classify !== undefined && { classify: readClassifier(classify, name('classify'), reader) }),
  };
}

/** From the mildest to the gravest. */
export const ACTIONS: readonly [FailureAction, ...FailureAction[]] = ['log', 'deadLetter', 'halt'];

/** The one that goes before the other. */
export function graverAction(one: FailureAction, other: FailureAction): FailureAction {
  return ACTIONS.indexOf(one) > ACTIONS.indexOf(other) ? one : other;
}

/**
 * The option by which records that a handler failed at may be given to it once more, found by its id: a redrive or a later
 * retry. undefined: none of the bus, its topics and the handler.
 */
export function optionFindingById(
  bus: FailureOptions & { readonly topics: Readonly<Record<string, FailureOptions>> },
  handler: FailureOptions,
): string | undefined {
  const wider = [bus, ...Object.values(bus.topics)];
  const actions = handler.onFailure ? [handler] : wider;
  if (actions.some(({ onFailure }) => onFailure === 'deadLetter')) return "onFailure: 'deadLetter'";
  const retries = handler.retry?.later ? [handler] : wider;
  return retries.some(({ retry }) => retry?.later?.length) ? 'retry.later' : undefined;
}

export function readClassifier(
  classify: unknown,
  name: string,
  reader: SettingReader,
): FailureClassifier | undefined {
  if (classify === undefined || typeof classify === 'function')
    return classify as FailureClassifier | undefined;
  reader.refuse(name, classify, "a function that returns 'retry', 'fail' or 'halt'");
  return undefined;
}

/** `topics` of a bus: topic without prefix -> its failure options. */
export function readTopicFailures(
  topics: unknown,
  reader: SettingReader,
): Readonly<Record<string, FailureOptions>> {
  if (topics === undefined || topics === null) return {};
  if (typeof topics !== 'object') {
    reader.refuse('topics', topics, 'an object { topic: { retry, onFailure, classify } }');
    return {};
  }
  const read = Object.entries(topics).map(([topic, options]: [string, unknown]) => {
    const name = `topics.${shownName(topic)}`;
    const where = `${name}.`;
    if (typeof options !== 'object' || options === null) {
      reader.refuse(name, options, 'an object { retry, onFailure, classify }');
      return [topic, {}] as const;
    }
    reader.problems.push(
      ...misspeltOptions(options, ['retry', 'onFailure', 'classify'], (option) => where + option),
    );
    return [topic, readFailureOptions(options, where, reader)] as const;
  });
  return Object.fromEntries(read);
}

function readPartialRetry(
  retry: Partial<RetrySettings> | undefined,
  where: string,
  reader: SettingReader,
): Partial<RetrySettings> {
  if (retry === undefined || retry === null) return {};
  if (typeof retry !== 'object') {
    reader.refuse(where, retry, `an object { ${NAMES.join(', ')} }`);
    return {};
  }
  reader.problems.push(...misspeltOptions(retry, NAMES, (name) => `${where}.${name}`));
  const count = (name: 'attempts' | 'delayMs' | 'maxDelayMs', least: number) =>
    reader.count(retry[name], `${where}.${name}`, undefined, { least });
  const given: { [Name in keyof RetrySettings]?: RetrySettings[Name] | undefined } = {
    attempts: count('attempts', 1),
    delayMs: count('delayMs', 0),
    maxDelayMs: count('maxDelayMs', 0),
    factor: reader.number(retry.factor, `${where}.factor`, { least: 1 }),
    jitter: reader.number(retry.jitter, `${where}.jitter`, { least: 0, most: 1 }),
    later: readLater(retry.later, `${where}.later`, reader),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** In ms. */
function readLater(later: unknown, where: string, reader: SettingReader): number[] | undefined {
  if (later === undefined || later === null) return undefined;
  if (!Array.isArray(later) || later.length > MOST_LATER_RETRIES) {
    const allowed = `a list of at most ${MOST_LATER_RETRIES} durations, such as ['1m', '10m']`;
    reader.refuse(where, later, allowed);
    return undefined;
  }
  const delays = later.map((delay: unknown, index) => {
    const ms = durationMs(delay);
    if (ms === undefined) reader.refuse(`${where}[${index}]`, delay, DURATION_ALLOWED);
    else if (ms > LONGEST_LATER_MS) reader.refuse(`${where}[${index}]`, delay, 'at most 30 days');
    return ms;
  });
  return delays.filter((ms) => ms !== undefined);
}

/** `retry` of a handler for records of a topic (without prefix). */
export function retryOf(
  { retry, topics }: { retry: RetrySettings; topics: Readonly<Record<string, FailureOptions>> },
  topic: string,
  handler: FailureOptions,
): RetrySettings {
  return { ...retry, ...topicOptions(topics, topic).retry, ...handler.retry };
}

/** The failure options of a topic (without prefix). */
export function topicOptions(
  topics: Readonly<Record<string, FailureOptions>>,
  topic: string,
): FailureOptions {
  return Object.hasOwn(topics, topic) ? topics[topic]! : {};
}
