import { ServiceUnavailableError } from '../../../lib/errors/index.js';
import { hideAborted } from '../../../lib/transport/kafka/kafkajs/patches/guarded-cluster.js';
import type { Codecs } from '../../../lib/transport/kafka/kafkajs/compression/decompress.js';
import {
  type FetchRequest,
  readFetchAnswer,
} from '../../../lib/transport/kafka/kafkajs/protocol/fetch-answer.js';
import type { ReadMessage } from '../../../lib/transport/kafka/kafkajs/protocol/read-message.js';
import { answerBytes, type MadeTopics } from '../../unit/kafka/support/hand-made-batches.js';
import { allCodecs } from '../../unit/kafka/support/read-partition.js';
import { type FuzzResult, type FuzzTarget, seededRandom } from '../fuzz-target.js';
import { type Damage, damage } from './fetch-damage.js';
import { type MadeLog, makeLogs } from './fetch-logs.js';

const TOPICS = ['one', 'two', 'three'];
const LIMIT = 1_000_000;
/** What takes longer holds up a process. */
const SLOW_MS = 10_000;

/**
 * Answers to Fetch of three topics, one of their batches or the frame around them damaged. Each is followed as a
 * consumer does, until the partition that was hit is at its end.
 */
export const target: FuzzTarget = { name: 'fetch', count: 1_000_000, run };

/** Of all slices of a run. */
let parts: ReturnType<typeof makeParts> | undefined;

async function makeParts() {
  const codecs = await allCodecs();
  return { codecs, logs: await makeLogs(codecs) };
}

async function run(count: number, seed: number): Promise<FuzzResult> {
  const { codecs, logs } = await (parts ??= makeParts());
  const outcomes: Record<string, number> = {};
  const faults: string[] = [];
  let worstMs = 0;
  for (let i = 0; i < count; i++) {
    const began = performance.now();
    const input = new Input(seededRandom((seed + i) >>> 0), logs, codecs);
    let outcome = await input.run().catch((error: unknown) => `fault: ${textOf(error)}`);
    const took = performance.now() - began;
    worstMs = Math.max(worstMs, took);
    if (took > SLOW_MS) outcome = `fault: took ${took.toFixed(0)} ms`;
    const name = outcome.split(':', 1)[0]!;
    if (name === 'fault') faults.push(`seed ${(seed + i) >>> 0}: ${outcome} (${input.hit.what})`);
    outcomes[name] = (outcomes[name] ?? 0) + 1;
  }
  return { inputs: count, outcomes, faults, worstMs };
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

class Input {
  readonly hit: Damage;
  private readonly hitAt: number;
  private readonly chosen: readonly { topic: string; partition: number; log: MadeLog }[];

  constructor(
    private readonly random: () => number,
    logs: readonly MadeLog[],
    private readonly codecs: Codecs,
  ) {
    const upTo = (below: number): number => Math.floor(random() * below);
    this.chosen = TOPICS.map((topic) => ({
      ...{ topic, partition: upTo(3), log: logs[upTo(logs.length)]! },
    }));
    this.hitAt = upTo(TOPICS.length);
    this.hit = damage(this.chosen[this.hitAt]!.log, random);
  }

  /** How it ended. Rejects, or resolves with a text that begins with `fault`, where it may not end so. */
  async run(): Promise<string> {
    const { chosen, hit, hitAt, random } = this;
    const topics = chosen.map(({ topic, partition, log }, i): MadeTopics[number] => {
      const { aborted, end: highWatermark } = log;
      return [topic, [{ partition, highWatermark, aborted, set: i === hitAt ? hit.set : log.set }]];
    });
    const answer = answerBytes(topics);
    if (random() < 0.1) return this.broken(answer);
    let outcome = 'read';
    for (const [i, messages] of (await this.read(answer)).entries()) {
      const { log, topic } = chosen[i]!;
      const all = i === hitAt ? await this.follow(messages, log) : messages;
      const wrong = check(all, log, i === hitAt ? hit : undefined);
      if (wrong !== undefined) return `fault: ${wrong}`;
      const records = all.map((message) => message.recordOf(topic));
      if (records.some(({ unreadable }) => unreadable && !unreadable.lost)) outcome = 'unusable';
      if (records.some(({ unreadable }) => unreadable?.lost)) outcome = 'lost';
      for (const { attributes } of records) attributes.some(([name]) => name === '');
      const abortedTransactions = log.aborted.map(({ producerId, first }) => ({
        ...{ producerId: String(producerId), firstOffset: String(first) },
      }));
      hideAborted({ messages: all, abortedTransactions });
    }
    return outcome;
  }

  /** An answer whose own structure is damaged may end in an error of ours, and in no other. */
  private async broken(answer: Buffer): Promise<string> {
    for (let i = 0; i < 2; i++)
      answer[Math.floor(this.random() * Math.min(answer.length, 70))]! ^=
        1 << Math.floor(this.random() * 8);
    try {
      await this.read(answer);
      return 'another frame';
    } catch (error) {
      if (error instanceof ServiceUnavailableError) return error.code;
      throw error;
    }
  }

  private async read(answer: Buffer): Promise<ReadMessage[][]> {
    const topics = this.chosen.map(({ topic, partition }) => asked(topic, partition, 0));
    const { responses } = await this.fetch(answer, topics);
    return responses.map(({ partitions }) => partitions.flatMap(({ messages }) => messages));
  }

  private fetch(answer: Buffer, topics: FetchRequest['topics']) {
    const request = { maxBytes: LIMIT, topics };
    return readFetchAnswer(answer, { version: 11, codecs: this.codecs, limit: LIMIT, request });
  }

  /** Fetches on from where the messages end, as a broker answers: with the batch there, and what follows. */
  private async follow(messages: readonly ReadMessage[], log: MadeLog): Promise<ReadMessage[]> {
    const { hit } = this;
    const shift = hit.set.length - log.set.length;
    const all = [...messages];
    for (let next = endOf(all) + 1, fetches = 0; next < log.end; fetches++) {
      const index = log.units.findIndex(({ last }) => last >= next);
      const start = log.units[index]!.start + (index > hit.unit ? shift : 0);
      const set = hit.set.subarray(Math.max(0, start));
      // It was cut off there.
      if (set.length === 0) break;
      const answer = answerBytes([['t', [{ partition: 0, set, highWatermark: log.end }]]]);
      const { responses } = await this.fetch(answer, [asked('t', 0, next)]);
      const more = responses[0]!.partitions[0]!.messages;
      const end = endOf(more);
      if (end < next || fetches > log.end) throw new Error(`it goes no further than ${next}`);
      all.push(...more);
      next = end + 1;
    }
    return all;
  }
}

function asked(topic: string, partition: number, fetchOffset: number) {
  return { topic, partitions: [{ partition, fetchOffset, maxBytes: LIMIT }] };
}

/** The last offset that messages stand for. */
function endOf(messages: readonly ReadMessage[]): number {
  const message = messages.at(-1);
  return message === undefined ? -1 : lastOf(message);
}

function lastOf(message: ReadMessage): number {
  const lost = message.recordOf('t').unreadable?.lost;
  return lost ? Number(lost.last) : message.number;
}

/** What is wrong; undefined where offsets grow, all is told of, and what was not damaged is as it was. */
function check(
  messages: readonly ReadMessage[],
  log: MadeLog,
  hit: Damage | undefined,
): string | undefined {
  const told = new Map<number, ReadMessage>();
  let next = 0;
  for (const message of messages) {
    const { number } = message;
    const last = lastOf(message);
    // What ends a fetch stands for an offset that has been told of.
    if (message.isControlRecord && number === next - 1) continue;
    if (!(Number.isSafeInteger(number) && number >= next))
      return `offset ${number} behind ${next - 1}`;
    if (last >= log.end) return `offset ${last} in a log that ends at ${log.end}`;
    for (let offset = number; offset <= last; offset++) told.set(offset, message);
    next = last + 1;
  }
  for (const { offset, unit, value, isControl } of log.records) {
    const message = told.get(offset);
    if (hit?.unit === unit) {
      if (hit.reach === 'inside' && !message) return `offset ${offset} is not told of`;
      continue;
    }
    if (hit?.reach === 'frame' && unit > hit.unit) continue;
    if (!message) return `offset ${offset} of another batch is not told of`;
    const { value: body, unreadable } = message.recordOf('t');
    if (unreadable) return `offset ${offset} of another batch is not read: ${unreadable.reason}`;
    if (!isControl && Buffer.from(body!).toString() !== value)
      return `offset ${offset} is another: ${String(body)}`;
  }
  return undefined;
}
