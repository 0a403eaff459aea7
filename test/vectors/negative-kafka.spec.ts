import * as kafkajs from 'kafkajs';
import { kafkaTransport } from '../../lib/transport/kafka/index.js';
import { KafkaWorkbench } from '../kafka/support/kafka-workbench.js';
import { sharedRegistryUrl } from '../services/shared-kafka.js';
import { until } from '../services/until.js';
import {
  type EventReader,
  type EventReaderOptions,
  startEventReader,
} from '../support/event-reader.js';
import { RegistryProxy } from '../support/registry-proxy.js';
import { KAFKA_DIFFERENCES, SITUATIONS } from './deliberate-differences-kafka.js';
import {
  bytesOf,
  GOOD_RECORD as GOOD,
  KAFKA_PAYLOADS as PAYLOADS,
  KAFKA_VECTORS as VECTORS,
  type KafkaVector,
  RECORDED_SCHEMAS,
} from './kafka-vectors.js';

const PERSONAL_DATA = /ann@example\.org|not a key/;
const bench = new KafkaWorkbench();
const readers: EventReader[] = [];
/** Ids of the recorded registry, and of ours for the same schemas. */
const ids = new Map<number, number>();

beforeAll(async () => {
  for (const [id, schema] of RECORDED_SCHEMAS)
    ids.set(id, await registered(`negative-${bench.newName('subject')}`, schema));
});
afterEach(async () => {
  await Promise.all(readers.splice(0).map((reader) => reader.stop()));
});
afterAll(() => bench.close());

async function registered(subject: string, schema: string): Promise<number> {
  const answer = await fetch(`${sharedRegistryUrl()}/subjects/${subject}/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema }),
  });
  return ((await answer.json()) as { id: number }).id;
}

/** The record with the ids of our registry, where it names schemas that the recorded one had. */
function valueOf({ value_hex }: KafkaVector): Buffer | null {
  const value = bytesOf(value_hex);
  const id = value && value.length >= 5 ? ids.get(value.readUInt32BE(1)) : undefined;
  if (id !== undefined && value![0] === 0) value!.writeUInt32BE(id, 1);
  return value;
}

async function put(topic: string, vectors: readonly KafkaVector[]): Promise<void> {
  const transport = await bench.open();
  const records = vectors.map((vector) => ({
    topic,
    key: bytesOf(vector.key_hex),
    attributes: (vector.headers ?? []).map(({ name, hex }) => [name, bytesOf(hex)] as const),
    value: valueOf(vector),
  }));
  const outcomes = await transport.publish(records, Date.now() + 20_000);
  expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['sent']));
}

async function read(
  { topic, group }: { topic: string; group: string },
  options: Partial<EventReaderOptions> = {},
  registryUrl = sharedRegistryUrl(),
): Promise<EventReader> {
  const transport = kafkaTransport({
    ...{ brokers: bench.brokers, sessionTimeout: 6, client: kafkajs },
    schemaRegistry: { url: registryUrl, missingSubjectTimeoutMs: 0 },
    allowAutoTopicCreation: false,
  });
  const reader = await startEventReader({ transport, topic, group, ...options });
  readers.push(reader);
  return reader;
}

const place = async () => ({ topic: await bench.topic(), group: bench.newName('group') });
const committed = async ({ topic, group }: { topic: string; group: string }) =>
  (await bench.committed(group, topic))[0];

describe('a bad record on a topic', () => {
  let reader: EventReader;
  let at: { topic: string; group: string };
  beforeAll(async () => {
    at = await place();
    await put(
      at.topic,
      PAYLOADS.flatMap((vector) => [vector, GOOD]),
    );
    reader = await read(at);
    readers.pop();
    await until('every end', () => reader.ends.size === 2 * PAYLOADS.length, 60_000);
  }, 120_000);
  afterAll(() => reader?.stop());
  const offsetOf = (vector: KafkaVector) => String(2 * PAYLOADS.indexOf(vector));

  it.each(PAYLOADS)(
    '$name ends as recorded, or as our list of differences says (B-05, B-06)',
    (vector) => {
      const { result, error } = reader.ends.get(offsetOf(vector))!;
      const attempts = reader.attempts.filter(
        (a) => a.context.position.offset === offsetOf(vector),
      );
      const instead = KAFKA_DIFFERENCES[vector.name]?.instead ?? {};
      if (instead.skipped) {
        expect([result, attempts]).toEqual(['unknownType', []]);
      } else if (vector.result === 'error' || instead.error) {
        expect([result, attempts]).toEqual(['unusable', []]);
        expect(error).toMatchObject({ code: 'UNUSABLE_RECORD', topic: at.topic });
        expect(error!.message).toMatch(instead.error ?? /./);
        expect(error!.message).not.toMatch(PERSONAL_DATA);
      } else {
        expect([result, attempts.length]).toEqual(['handled', 1]);
        expect(attempts[0]!.data).toEqual(vector.event!.data);
      }
    },
  );

  it('does not hold up the good event behind it, and is committed (B-05)', async () => {
    // What is skipped ends while it is sorted, before what was sorted earlier has been handled.
    const inOrder = [...reader.ends].filter(([, { result }]) => result !== 'unknownType');
    const offsets = inOrder.map(([offset]) => Number(offset));
    expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
    for (const vector of PAYLOADS)
      expect(reader.ends.get(String(Number(offsetOf(vector)) + 1))).toMatchObject({
        result: 'handled',
      });
    await until('the commit', async () => (await committed(at)) === String(2 * PAYLOADS.length));
    expect(reader.lines.join('\n')).not.toMatch(PERSONAL_DATA);
  });
});

describe('a good record in a bad situation', () => {
  it('receiver_raises: is tried three times, ends as failed and is committed; the next is handled (B-12)', async () => {
    const at = await place();
    await put(at.topic, [GOOD, GOOD]);
    const failure = new Error('receiver told to fail');
    const reader = await read(at, {
      handle: ({ context }) => {
        if (context.position.offset === '0') throw failure;
      },
    });
    await until('both ends', () => reader.ends.size === 2);
    expect(reader.attempts.map((a) => [a.context.position.offset, a.context.attempt])).toEqual([
      ['0', 1],
      ['0', 2],
      ['0', 3],
      ['1', 1],
    ]);
    expect(reader.ends.get('0')).toMatchObject({
      result: 'failed',
      error: { code: 'HANDLERS_FAILED', cause: failure },
    });
    expect(reader.ends.get('1')!.result).toBe('handled');
    await until('the commit', async () => (await committed(at)) === '2');
  });

  it('consecutive_errors_limit: two errors in a row end the consumer, as recorded; the third record is not touched (B-13)', async () => {
    const vector = VECTORS.find(
      ({ name }) => name === 'consecutive_errors_limit',
    )! as KafkaVector & {
      readonly limit: number;
      readonly group: readonly { readonly committed: number }[];
    };
    const at = await place();
    await put(at.topic, [GOOD, GOOD, GOOD]);
    const fatal: Error[] = [];
    const reader = await read(at, {
      handle: () => {
        throw new Error('receiver told to fail');
      },
      settings: { consecutiveErrorsLimit: vector.limit, retry: { attempts: 1 } },
      onFatal: (error) => fatal.push(error),
    });
    await until('the end', () => fatal.length > 0);
    await reader.stop();
    expect(fatal.map((error) => error.name)).toEqual(['TooManyErrorsError']);
    expect(reader.attempts).toHaveLength(vector.limit);
    expect(reader.status.snapshot().state).toBe('failed');
    expect(await committed(at)).toBe(String(vector.group[0]!.committed));
  });

  it('topic_missing: the start fails with one readable error, where the reference ends in a commit error (K-10)', async () => {
    const topic = bench.newName('missing');
    const failed = await read({ topic, group: bench.newName('group') }).catch(
      (error: Error) => error,
    );
    expect(failed).toMatchObject({ code: 'SERVICE_UNAVAILABLE', topic });
    expect((failed as Error).message).toContain('the topic does not exist on the broker');
  });

  it.each([
    ['registry_429_once', { status: 429, times: 1 }],
    ['registry_slow', { delayMs: 4_000, times: 1 }],
    ['registry_500_always', { status: 500 }],
  ])('%s: the event is handled once, after the registry has healed (K-14)', async (name, fault) => {
    const at = await place();
    const proxy = await RegistryProxy.to(sharedRegistryUrl());
    try {
      proxy.fail({ ...fault, match: /schemas\/ids/ });
      await put(at.topic, [GOOD, GOOD]);
      const reader = await read(at, {}, proxy.url);
      if (name === 'registry_500_always') {
        await until('the fault to show', () => reader.status.snapshot().error !== null);
        expect([reader.ends.size, await committed(at)]).toEqual([0, '0']);
        proxy.heal();
      }
      await until('both ends', () => reader.ends.size === 2, 40_000);
      expect([...reader.ends.values()].map(({ result }) => result)).toEqual(['handled', 'handled']);
      await until('the commit', async () => (await committed(at)) === '2');
      expect(reader.status.snapshot().error).toBeNull();
    } finally {
      await Promise.all(readers.splice(0).map((reader) => reader.stop()));
      await proxy.stop();
    }
  });

  it('every recorded situation is tested', () => {
    const registry = ['registry_429_once', 'registry_slow', 'registry_500_always'];
    const situations = VECTORS.filter(({ situation }) => situation).map(({ name }) => name);
    expect([...Object.keys(SITUATIONS), ...registry].sort()).toEqual(situations.sort());
  });
});
