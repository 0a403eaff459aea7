import { misspeltOptions } from '../errors/unknown-names.js';
import type { SettingReader } from './setting-reader.js';

/** What the name of a topic for dead letters is made of. */
export interface DeadLetterTopicParts {
  /** The topic that a record came from, without prefix. */
  readonly topic: string;
  /** The consumer group that gave it up. */
  readonly group: string;
}

/** Where dead letters go, and how they are kept: the option `deadLetter`. */
export interface DeadLetterOptions {
  /**
   * Names the topic of the dead letters, without prefix: the same name each time for a topic and group. Default
   * `{topic}-{group}-dlq`. Characters other than letters, digits, `.`, `_` and `-` become `_`; where that changes the name,
   * or it is longer than 249 characters with its prefix, it ends in a hash that keeps names apart.
   */
  readonly topic?: ((of: DeadLetterTopicParts) => string) | undefined;
  /** Whether the topic is created where it does not exist (Kafka). Default true. False: the start fails without it. */
  readonly create?: boolean | undefined;
  /** How long Kafka keeps dead letters, in ms, where the topic is created. Default: for ever. */
  readonly retention?: number | undefined;
  /**
   * Open letters of a topic at which its source is paused until some are redriven or discarded, where the transport counts
   * them (Redis, in-memory). Default 100,000.
   */
  readonly maxLen?: number | undefined;
  /** Whether letters hold the stack of the error, which may hold personal data. Default false. */
  readonly stack?: boolean | undefined;
  /**
   * What happens to a record whose letter the broker rejects for its size: `pause` its source until the limit is raised
   * (default), or `log` the failure and acknowledge the record, whose bytes are lost then.
   */
  readonly onRefused?: 'pause' | 'log' | undefined;
}

/** `deadLetter` of a bus, complete. Times are in ms. */
export interface DeadLetterSettings {
  /** Names the topic of dead letters, without prefix; undefined: `{topic}-{group}-dlq`. */
  readonly topic: ((of: DeadLetterTopicParts) => string) | undefined;
  /** Whether the topic is created where it does not exist (Kafka). */
  readonly create: boolean;
  /** How long Kafka keeps dead letters; null: for ever. */
  readonly retentionMs: number | null;
  /** Open letters of a topic at which its source is paused, where the transport counts them. */
  readonly maxLen: number;
  /** Whether letters hold the stack of the error. */
  readonly stack: boolean;
  /** What happens to a record whose letter the broker rejects for its size. */
  readonly onRefused: 'pause' | 'log';
}

const NAMES: readonly string[] = [
  'topic',
  'create',
  'retention',
  'maxLen',
  'stack',
  'onRefused',
] satisfies (keyof DeadLetterOptions)[];

export function readDeadLetter(given: unknown, reader: SettingReader): DeadLetterSettings {
  let options = (given ?? {}) as DeadLetterOptions;
  if (typeof options !== 'object') {
    reader.refuse('deadLetter', given, `an object { ${NAMES.join(', ')} }`);
    options = {};
  }
  const name = (option: keyof DeadLetterOptions): string => `deadLetter.${option}`;
  reader.problems.push(...misspeltOptions(options, NAMES, (option) => `deadLetter.${option}`));
  const { topic } = options;
  if (topic !== undefined && typeof topic !== 'function')
    reader.refuse(name('topic'), topic, 'a function ({ topic, group }) that returns a name');
  return {
    topic: typeof topic === 'function' ? topic : undefined,
    create: reader.toggle(options.create, name('create'), true),
    retentionMs: reader.count(options.retention, name('retention'), undefined) ?? null,
    maxLen: reader.count(options.maxLen, name('maxLen'), 100_000),
    stack: reader.toggle(options.stack, name('stack'), false),
    onRefused: reader.choice(options.onRefused, name('onRefused'), ['pause', 'log']),
  };
}
