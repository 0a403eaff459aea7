import { HealthBoard } from '../../../lib/transport/common/health-board.js';
import type {
  BatchAnswer,
  KafkaDriver,
  PartitionBatch,
  ProducerClient,
  TopicLeaders,
} from '../../../lib/transport/kafka/kafka-driver.interface.js';
import { RecordPublisher } from '../../../lib/transport/kafka/producing/record-publisher.js';
import type { OutgoingRecord } from '../../../lib/transport/transport.interface.js';
import { waitUntil } from '../../support/wait-until.js';

const soon = (ms = 30_000): number => Date.now() + ms;

/** Brokers that lead what they are told to lead, and answer what they are told to answer. */
class Brokers {
  readonly leaders = new Map<string, TopicLeaders>();
  readonly requests: { readonly broker: number; readonly batches: readonly PartitionBatch[] }[] =
    [];
  readonly dead = new Set<number>();
  readonly interrupted: number[] = [];
  /** What a broker says of a batch; undefined: it stores it. */
  answer: (
    batch: PartitionBatch,
    broker: number,
  ) => BatchAnswer | Promise<BatchAnswer> | undefined = () => undefined;
  private readonly ends = new Map<string, number>();

  get driver(): KafkaDriver {
    const client: ProducerClient = {
      repeats: { most: 10, firstMs: 1, longestMs: 4 },
      connect: () => Promise.resolve(),
      newId: () => Promise.resolve({ id: 7, epoch: 0 }),
      leaders: (topics) =>
        Promise.resolve(
          new Map(
            topics.map((topic) => [
              topic,
              this.leaders.get(topic) ?? failure('UNKNOWN_TOPIC_OR_PARTITION'),
            ]),
          ),
        ),
      reach: (broker) =>
        this.dead.has(broker) ? Promise.reject(failure('BROKER_NOT_AVAILABLE')) : Promise.resolve(),
      produce: async (broker, batches) => {
        this.requests.push({ broker, batches });
        const answers: BatchAnswer[] = [];
        for (const batch of batches)
          answers.push((await this.answer(batch, broker)) ?? this.store(batch));
        return answers;
      },
      interrupt: (broker) => void this.interrupted.push(broker),
      discard: () => undefined,
    };
    return { producer: () => client } as unknown as KafkaDriver;
  }

  store({ topic, partition, records }: PartitionBatch): number {
    const place = `${topic}/${partition}`;
    const offset = this.ends.get(place) ?? 0;
    this.ends.set(place, offset + records.length);
    return offset;
  }

  sentTo(topic: string): string[] {
    return this.requests.flatMap(({ broker, batches }) =>
      batches
        .filter((batch) => batch.topic === topic)
        .map(
          ({ partition, records, producer, sequence }) =>
            `${broker}: ${partition} ${producer.epoch}/${sequence} ${records.map(({ value: body }) => String(body)).join('')}`,
        ),
    );
  }
}

function failure(type: string, retriable = true): Error {
  return Object.assign(new Error(type), { type, retriable });
}

function record(topic: string, id: string, key: string | null = 'key'): OutgoingRecord {
  return {
    ...{ topic, key: key === null ? null : Buffer.from(key), attributes: [] },
    value: Buffer.from(id),
    ...(key !== null && { orderKey: key }),
  };
}

describe('publishing to brokers of Kafka', () => {
  const publishers: RecordPublisher[] = [];
  let states: string[] = [];
  beforeEach(() => (states = []));
  afterEach(() => Promise.all(publishers.splice(0).map((one) => one.close(Date.now()))));

  const open = (brokers: Brokers, maxInFlight = 1) => {
    const say = (): void => undefined;
    const health = new HealthBoard('Kafka', 'bus', { log: say, warn: say, error: say, debug: say });
    health.status$.subscribe(({ state }) => states.push(state));
    const publisher = new RecordPublisher(
      brokers.driver,
      {
        publishing: { lingerMs: 0, batchRecords: 100, batchBytes: 100_000, maxInFlight },
        ...{ partitioner: 'librdkafka', idempotent: true, metadataMaxAgeMs: 300_000 },
      },
      health,
    );
    publishers.push(publisher);
    return publisher;
  };
  const statusOf = async (publishing: ReturnType<RecordPublisher['publish']>) =>
    (await publishing).map(({ status }) => status).join();

  it.each([
    'NOT_ENOUGH_REPLICAS',
    'NOT_LEADER_FOR_PARTITION',
    'LEADER_NOT_AVAILABLE',
    'UNKNOWN_TOPIC_OR_PARTITION',
    'KAFKA_STORAGE_ERROR',
  ])(
    '%s of one topic: its records wait under their number, those beside them in the request are confirmed',
    async (type) => {
      const brokers = new Brokers();
      brokers.leaders.set('bad', [1]).set('good', [1]);
      let isBad = true;
      brokers.answer = ({ topic }) => (isBad && topic === 'bad' ? failure(type) : undefined);
      const publisher = open(brokers);
      const bad = publisher.publish([record('bad', 'a'), record('bad', 'b')], soon());
      for (const id of ['1', '2', '3'])
        expect(await statusOf(publisher.publish([record('good', id)], soon()))).toBe('sent');
      const later = publisher.publish([record('bad', 'c')], soon());
      // The broker said that it does not have it.
      expect(await statusOf(publisher.publish([record('bad', 'late')], soon(20)))).toBe('notSent');
      isBad = false;
      expect([await statusOf(bad), await statusOf(later)]).toEqual(['sent,sent', 'sent']);
      expect(brokers.sentTo('bad').at(-1)).toMatch(/^1: 0 0\/0 abc$/);
      expect(brokers.sentTo('good')).toEqual(['1: 0 0/0 1', '1: 0 0/1 2', '1: 0 0/2 3']);
    },
  );

  it('a topic that is not there is no fault any more once nobody waits for it', async () => {
    const brokers = new Brokers();
    brokers.leaders.set('good', [1]);
    const publisher = open(brokers);
    for (let i = 0; i < 3; i++) {
      expect(await statusOf(publisher.publish([record('bad', 'a')], soon(250)))).toBe('notSent');
      expect(await statusOf(publisher.publish([record('good', 'b')], soon()))).toBe('sent');
    }
    // The question that was under way is answered meanwhile.
    await new Promise((resolve) => setTimeout(resolve, 300));
    await waitUntil(() => states.at(-1) === 'ready');
    expect(states).toContain('degraded');
  });

  it('a broker that cannot be reached: what others lead goes on, and its own too once it is led elsewhere', async () => {
    const brokers = new Brokers();
    brokers.leaders.set('bad', [1]).set('good', [2]);
    brokers.dead.add(1);
    const publisher = open(brokers);
    const bad = publisher.publish([record('bad', 'a')], soon());
    for (const id of ['1', '2', '3'])
      expect(await statusOf(publisher.publish([record('good', id)], soon()))).toBe('sent');
    expect(await statusOf(publisher.publish([record('bad', 'late')], soon(20)))).toBe('notSent');
    brokers.leaders.set('bad', [2]);
    expect(await statusOf(bad)).toBe('sent');
    expect(brokers.sentTo('bad')).toEqual(['2: 0 0/0 a']);
  });

  it('a broker that does not answer holds up its own partitions only', async () => {
    const brokers = new Brokers();
    brokers.leaders.set('bad', [1]).set('good', [2]);
    let free: (answer: BatchAnswer) => void = () => undefined;
    brokers.answer = (_, broker) =>
      broker === 1 ? new Promise((resolve) => (free = resolve)) : undefined;
    const publisher = open(brokers);
    const bad = publisher.publish([record('bad', 'a')], soon());
    for (const id of ['1', '2'])
      expect(await statusOf(publisher.publish([record('good', id)], soon()))).toBe('sent');
    // What it has may be stored.
    await waitUntil(() => brokers.requests.length === 3);
    free(5);
    expect(await bad).toEqual([
      { status: 'sent', receipt: { position: { topic: 'bad', partition: '0', offset: '5' } } },
    ]);
  });

  it('a partition without a leader: its keys wait, those of others and records without a key go on', async () => {
    const brokers = new Brokers();
    brokers.leaders.set('t', [1, -1]);
    const publisher = open(brokers);
    const keys = Array.from({ length: 20 }, (_, i) => `key ${i}`);
    const told = new Set<string>();
    const all = publisher.publish(
      [...keys, null].map((key, i) => record('t', `${i};`, key)),
      soon(),
      (i) => told.add(keys[i] ?? 'none'),
    );
    await waitUntil(() => told.has('none') && told.size > 5);
    expect(told.size).toBeLessThan(21);
    expect(brokers.sentTo('t')).toHaveLength(1);
    brokers.leaders.set('t', [1, 2]);
    expect(new Set((await all).map(({ status }) => status))).toEqual(new Set(['sent']));
    expect(brokers.sentTo('t').at(-1)).toMatch(/^2: 1 0\/0 /);
  });

  it('what may be stored goes again under its number, and once it was given up the next begins another epoch', async () => {
    const brokers = new Brokers();
    brokers.leaders.set('t', [1]);
    const publisher = open(brokers);
    expect(await statusOf(publisher.publish([record('t', 'a')], soon()))).toBe('sent');
    let losses = 2;
    brokers.answer = () => (losses-- > 0 ? Promise.reject(new Error('closed')) : undefined);
    expect(await statusOf(publisher.publish([record('t', 'b')], soon()))).toBe('sent');
    losses = Infinity;
    expect(await statusOf(publisher.publish([record('t', 'c')], soon(50)))).toBe('unknown');
    losses = 0;
    expect(await statusOf(publisher.publish([record('t', 'd')], soon()))).toBe('sent');
    const sent = brokers.sentTo('t');
    expect(sent.slice(0, 4)).toEqual(['1: 0 0/0 a', '1: 0 0/1 b', '1: 0 0/1 b', '1: 0 0/1 b']);
    expect(new Set(sent.slice(4, -1))).toEqual(new Set(['1: 0 0/2 c']));
    expect(sent.at(-1)).toBe('1: 0 1/0 d');
  });

  it('a request whose records are all late is no longer waited for', async () => {
    const brokers = new Brokers();
    brokers.leaders.set('t', [1]);
    brokers.answer = () => new Promise(() => undefined);
    const publisher = open(brokers);
    expect(await statusOf(publisher.publish([record('t', 'a')], soon(20)))).toBe('unknown');
    expect(brokers.interrupted).toEqual([1]);
  });

  it('an unknown number, as of a topic that was made again, is begun anew and nothing is lost', async () => {
    const brokers = new Brokers();
    brokers.leaders.set('t', [1]);
    const publisher = open(brokers);
    await publisher.publish([record('t', 'a')], soon());
    brokers.answer = ({ producer, sequence }) =>
      producer.epoch === 0 && sequence > 0
        ? failure('OUT_OF_ORDER_SEQUENCE_NUMBER', false)
        : undefined;
    expect(await statusOf(publisher.publish([record('t', 'b')], soon()))).toBe('sent');
    expect(brokers.sentTo('t')).toEqual(['1: 0 0/0 a', '1: 0 0/1 b', '1: 0 1/0 b']);
  });

  it('a topic that comes back with fewer partitions gets what waits, in the order of each key', async () => {
    const brokers = new Brokers();
    brokers.leaders.set('t', [1, 1, 1, 1]);
    const publisher = open(brokers);
    await publisher.publish([record('t', 'x')], soon());
    let isGone = true;
    brokers.answer = () => (isGone ? failure('UNKNOWN_TOPIC_OR_PARTITION') : undefined);
    brokers.leaders.delete('t');
    const before = brokers.requests.length;
    const ids = Array.from({ length: 30 }, (_, i) => String.fromCharCode(97 + (i % 26)));
    const sends = ids.map((id, i) => publisher.publish([record('t', id, `key ${i % 5}`)], soon()));
    await waitUntil(() => brokers.requests.length > before);
    isGone = false;
    brokers.leaders.set('t', [1]);
    const outcomes = (await Promise.all(sends)).flat();
    const offsets = outcomes.map((outcome) =>
      outcome.status === 'sent' ? Number(outcome.receipt.position!.offset) : -1,
    );
    for (let key = 0; key < 5; key++) {
      const ofKey = offsets.filter((_, i) => i % 5 === key);
      expect(ofKey).toEqual([...ofKey].sort((a, b) => a - b));
    }
    expect(new Set(offsets).size).toBe(30);
  });

  it('with several requests under way the order of each key holds through refusals', async () => {
    const brokers = new Brokers();
    brokers.leaders.set('t', [1, 2]);
    let n = 0;
    const stored: string[] = [];
    brokers.answer = async (batch) => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (++n % 3 === 0) return failure('NOT_ENOUGH_REPLICAS');
      stored.push(...batch.records.map(({ value: body }) => String(body)));
      return brokers.store(batch);
    };
    const publisher = open(brokers, 3);
    const sends = [];
    for (let i = 0; i < 200; i++) {
      sends.push(publisher.publish([record('t', `${i % 7}-${i}`, `key ${i % 7}`)], soon()));
      if (i % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(sends);
    expect(stored).toHaveLength(200);
    for (let key = 0; key < 7; key++) {
      const numbers = stored.flatMap((id) =>
        id.startsWith(`${key}-`) ? [Number(id.slice(2))] : [],
      );
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    }
  });
});
