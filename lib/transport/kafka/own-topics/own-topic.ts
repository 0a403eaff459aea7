import { monotonicNow } from '../../../common/clocks.js';
import { pauseFor } from '../../../common/waiting.js';
import { ConfigurationError, type ConfigurationProblem } from '../../../errors/index.js';
import type { KafkaDriver } from '../kafka-driver.interface.js';
import { isForbidden, isRefusal, reasonOf, rootOf, serviceFault } from '../kafka-errors.js';

/** What is added to a record that becomes a letter, or waits for a later retry, takes less. */
const ADDED_BYTES = 16_384;
const APPEAR_MS = 10_000;
const LOOK_MS = 100;

const CLEANUP = 'cleanup.policy';
const MOST_BYTES = 'max.message.bytes';
const MOST_KEPT = 'retention.bytes';
const MOST_AGE = 'retention.ms';
const STAMP = 'message.timestamp.type';
const BROKER_TIME = 'LogAppendTime';
const FOR_EVER = '-1';

/** A topic that this package writes to by itself. */
export interface OwnTopic {
  /** Its full name. */
  readonly name: string;
  /** Full name of the topic that its records came from. */
  readonly source: string;
  /** Whether it may be created where it does not exist. */
  readonly create: boolean;
  /** How long the broker keeps a record where we create the topic; null: for ever. */
  readonly retentionMs: number | null;
}

/** For whom it is, and what they need of it. */
export interface TopicNeeds {
  /** As error messages name it. */
  readonly kind: 'dead-letter topic' | 'retry topic';
  /** The broker keeps each record for longer than this, and stamps it with its own time. Default: neither is checked. */
  readonly waitsMs?: number;
}

export interface OwnTopicParts {
  readonly driver: Pick<KafkaDriver, 'topics' | 'offsets' | 'topicConfig' | 'createTopic'>;
  /** For commands in error messages. */
  readonly brokers: readonly string[];
}

/**
 * Resolves when the topic is there and is as it is needed; creates it where that is allowed. Rejects with ConfigurationError
 * that says what is wrong and how to mend it, and with the errors of the client.
 */
export async function prepareOwnTopic(
  wanted: OwnTopic,
  needs: TopicNeeds,
  parts: OwnTopicParts,
): Promise<void> {
  const { driver } = parts;
  const { name, source } = wanted;
  const states = await driver.topics([name, source]);
  const sourceBytes = states.get(source) ? await recordBytes(driver, source) : undefined;
  if (states.get(name) === null) {
    const partitions = states.get(source)?.epochs.size;
    await create(wanted, needs, { partitions, sourceBytes }, parts);
    await untilThere(driver, name);
  } else if (!states.has(name)) await findRefusal(driver, wanted, needs);
  await check(wanted, needs, sourceBytes, parts);
}

interface LikeSource {
  /** Undefined: not known. */
  readonly partitions: number | undefined;
  readonly sourceBytes: number | undefined;
}

async function create(
  { name, source, create: isAllowed, retentionMs }: OwnTopic,
  { kind }: TopicNeeds,
  { partitions, sourceBytes }: LikeSource,
  { driver, brokers }: OwnTopicParts,
): Promise<void> {
  const config: Record<string, string> = {
    [CLEANUP]: 'delete',
    [MOST_AGE]: retentionMs === null ? FOR_EVER : String(Math.ceil(retentionMs)),
    [MOST_KEPT]: FOR_EVER,
    [STAMP]: BROKER_TIME,
    ...(sourceBytes !== undefined && { [MOST_BYTES]: String(sourceBytes + ADDED_BYTES) }),
  };
  const command = [
    `kafka-topics.sh --bootstrap-server ${brokers.join(',')} --create --topic ${name}`,
    ...(partitions === undefined ? [] : [`--partitions ${partitions}`]),
    ...Object.entries(config).map(([setting, value]) => `--config ${setting}=${value}`),
  ].join(' ');
  const missing = (found: string, cause?: unknown): ConfigurationError =>
    new ConfigurationError(
      [
        {
          setting: `${kind} ${name}`,
          found,
          allowed: `an existing topic. Create it with: ${command}`,
        },
      ],
      { cause },
    );
  if (!isAllowed) throw missing('no such topic, and deadLetter.create is false');
  try {
    await driver.createTopic({ topic: name, partitions, like: source, config });
  } catch (error) {
    if (rootOf(error).retriable === true && !isRefusal(error)) throw error;
    if (isForbidden(error))
      throw missing('no such topic, and the Kafka user is not authorized to create it', error);
    if (rootOf(error).type === undefined) throw error;
    throw missing(`no such topic, and the broker did not create it: ${reasonOf(error)}`, error);
  }
}

/** Resolves when every broker that is asked has heard of it, and its partitions have leaders. */
async function untilThere(driver: OwnTopicParts['driver'], topic: string): Promise<void> {
  for (const giveUpAt = monotonicNow() + APPEAR_MS; ;) {
    if ((await driver.topics([topic])).get(topic)) break;
    if (monotonicNow() >= giveUpAt)
      throw serviceFault(
        new Error(
          `the topic ${topic} was created, but the brokers do not list it after ${APPEAR_MS} ms`,
        ),
        { topic },
      );
    await pauseFor(LOOK_MS);
  }
  await driver.offsets(topic, 'latest');
}

/** Rejects where the broker does not tell us of the topic because we may not know of it, or there can be none. */
async function findRefusal(
  driver: OwnTopicParts['driver'],
  { name }: OwnTopic,
  { kind }: TopicNeeds,
): Promise<void> {
  try {
    await driver.offsets(name, 'latest');
  } catch (error) {
    const isInvalid = rootOf(error).type === 'INVALID_TOPIC_EXCEPTION';
    if (!isInvalid && !isForbidden(error)) throw error;
    const found = reasonOf(error);
    const allowed = isInvalid
      ? 'a name of at most 249 letters, digits, ".", "_" and "-"'
      : 'a Kafka user with the operations Write and Read on the topic';
    throw new ConfigurationError([{ setting: `${kind} ${name}`, found, allowed }], {
      cause: error,
    });
  }
}

async function check(
  { name }: OwnTopic,
  { kind, waitsMs }: TopicNeeds,
  sourceBytes: number | undefined,
  { driver, brokers }: OwnTopicParts,
): Promise<void> {
  const settings = await settingsOf(driver, name, [
    CLEANUP,
    MOST_BYTES,
    MOST_KEPT,
    MOST_AGE,
    STAMP,
  ]);
  const cures: string[] = [];
  const problems: Pick<ConfigurationProblem, 'found' | 'allowed'>[] = [];
  const cleanup = settings.get(CLEANUP) ?? '';
  if (cleanup.includes('compact')) {
    problems.push({ found: `${CLEANUP}=${cleanup}, which drops records`, allowed: 'delete' });
    cures.push(`${CLEANUP}=delete`);
  }
  const kept = settings.get(MOST_KEPT) ?? FOR_EVER;
  if (kept !== FOR_EVER) {
    problems.push({ found: `${MOST_KEPT}=${kept}, which drops records`, allowed: FOR_EVER });
    cures.push(`${MOST_KEPT}=${FOR_EVER}`);
  }
  const bytes = Number(settings.get(MOST_BYTES) ?? NaN);
  if (sourceBytes !== undefined && bytes < sourceBytes) {
    const allowed = `at least ${sourceBytes}, as the original topic has`;
    problems.push({ found: `${MOST_BYTES}=${bytes}, which rejects large records`, allowed });
    cures.push(`${MOST_BYTES}=${sourceBytes + ADDED_BYTES}`);
  }
  if (waitsMs !== undefined) {
    const age = Number(settings.get(MOST_AGE) ?? NaN);
    if (age >= 0 && age <= waitsMs) {
      const allowed = `more than ${waitsMs}, the time that records wait on this topic`;
      problems.push({
        found: `${MOST_AGE}=${age}, which drops records before they are due`,
        allowed,
      });
      cures.push(`${MOST_AGE}=${waitsMs * 2}`);
    }
    const stamp = settings.get(STAMP) ?? BROKER_TIME;
    if (stamp !== BROKER_TIME) {
      const found = `${STAMP}=${stamp}, with which the clocks of the processes that write the records would decide when they are due`;
      problems.push({ found, allowed: BROKER_TIME });
      cures.push(`${STAMP}=${BROKER_TIME}`);
    }
  }
  if (problems.length === 0) return;
  const command = `kafka-configs.sh --bootstrap-server ${brokers.join(',')} --alter --entity-type topics --entity-name ${name} --add-config ${cures.join(',')}`;
  throw new ConfigurationError(
    problems.map(({ found, allowed }) => ({
      setting: `${kind} ${name}`,
      found,
      allowed: `${allowed}. Change it with: ${command}`,
    })),
  );
}

async function recordBytes(
  driver: OwnTopicParts['driver'],
  topic: string,
): Promise<number | undefined> {
  const bytes = (await settingsOf(driver, topic, [MOST_BYTES])).get(MOST_BYTES);
  return bytes === undefined || bytes === null ? undefined : Number(bytes);
}

/** Those that we may know. */
async function settingsOf(
  driver: OwnTopicParts['driver'],
  topic: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, string | null>> {
  try {
    return await driver.topicConfig(topic, names);
  } catch (error) {
    if (isForbidden(error)) return new Map();
    throw error;
  }
}
