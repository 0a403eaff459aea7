import assert from 'node:assert/strict';
import type { LaterRetries, RetryTopic } from '../../transport/later-retries.interface.js';
import { assertEachReceivedOnce, assertInOrder } from '../assertions.js';
import { type Bench, type ConformanceCase, type OpenTransport } from './bench.js';
import { ids, keepIt, numberedRecord, settleIt } from './recording-sink.js';

const DELAY_MS = 60_000;
const KEPT_MS = 7 * 86_400_000;
/** So old an answer may be, or so long the broker's way of telling it. */
const MOST_BEHIND_MS = 30_000;
const RELEASE_MS = 400;

/** A topic on which records wait that nobody else has, and the transport that it is used through. */
class RetryBench {
  private constructor(
    readonly bench: Bench,
    readonly open: OpenTransport,
    readonly retries: LaterRetries,
    readonly topic: RetryTopic,
  ) {}

  /** Undefined where the transport has no later retries. */
  static async of(bench: Bench, source = bench.topic): Promise<RetryBench | undefined> {
    const open = await bench.open();
    const { laterRetries } = open.transport;
    if (!laterRetries) return undefined;
    if (source === bench.topic) await bench.publish(open, ['the source exists']);
    const topic: RetryTopic = {
      ...{ name: `${bench.topic}-retry-1m`, source, create: true },
      ...{ delayMs: DELAY_MS, retentionMs: DELAY_MS + KEPT_MS },
    };
    await laterRetries.prepare(topic);
    return new RetryBench(bench, open, laterRetries, topic);
  }

  get name(): string {
    return this.topic.name;
  }

  /** Leaves records to wait, as a later retry does: in one partition, and none dropped to make room. */
  async leave(sent: readonly string[]): Promise<void> {
    const { bench, open, name } = this;
    const records = await Promise.all(
      sent.map(async (id) => ({
        ...(await numberedRecord(open.wire, id, name, bench.deadline())),
        ...{ partition: 0, untrimmed: true as const },
      })),
    );
    for (const outcome of await open.transport.publish(records, bench.deadline()))
      if (outcome.status !== 'sent') throw outcome.error;
  }

  read(options: Parameters<Bench['read']>[1] = {}, open = this.open): ReturnType<Bench['read']> {
    return this.bench.read(open, { topics: [this.name], deleteSettled: true, ...options });
  }

  /** What somebody finds who reads the topic from its start, beside the group. */
  async kept(): Promise<readonly string[]> {
    const { sink } = await this.read({ group: null, until: 'end', react: settleIt });
    await this.bench.eventually(
      () => sink.ends.length > 0,
      () => 'the end of the topic',
    );
    return sink.ids;
  }
}

function retryCase(name: string, run: (retries: RetryBench) => Promise<void>): ConformanceCase {
  return {
    name,
    run: async (bench) => {
      const retries = await RetryBench.of(bench);
      if (retries) await run(retries);
    },
  };
}

/** Each passes without a check where the transport has no later retries. */
export const laterRetryCases: readonly ConformanceCase[] = [
  retryCase('is prepared as often as is wished, and keeps what waits', async (retries) => {
    const { bench } = retries;
    await retries.leave(ids(3));
    await Promise.all([
      retries.retries.prepare(retries.topic),
      retries.retries.prepare(retries.topic),
    ]);
    const other = await bench.open();
    await other.transport.laterRetries!.prepare(retries.topic);
    assert.deepEqual(await retries.kept(), ids(3));
  }),
  {
    name: 'is prepared for a topic that does not exist yet, and can be read before there is a record',
    run: async (bench) => {
      const retries = await RetryBench.of(bench, bench.newTopic());
      if (!retries) return;
      const { sink } = await retries.read();
      await retries.leave(ids(3));
      await bench.had(sink, 3);
      assertInOrder(ids(3), sink.ids);
    },
  },
  retryCase('tells a time that is not ahead of the stamp of a later record', async (retries) => {
    const { bench } = retries;
    const { sink } = await retries.read();
    // Where the broker tells its time with each record that it takes.
    await retries.leave(['first']);
    await bench.had(sink, 1);
    for (let round = 1; round <= 20; round++) {
      const before = await retries.retries.now();
      await retries.leave([String(round)]);
      await bench.had(sink, round + 1);
      const stamp = sink.deliveries[round]!.record.brokerTime!;
      const after = await retries.retries.now();
      assert.ok(Math.floor(before) <= stamp, `${before} was told before the stamp ${stamp}`);
      assert.ok(after >= stamp - MOST_BEHIND_MS, `${after} is told after the stamp ${stamp}`);
    }
  }),
  retryCase('goes on with its time while nothing is written', async (retries) => {
    await retries.leave(['1']);
    const first = await retries.retries.now();
    await retries.bench.eventually(
      async () => (await retries.retries.now()) >= first + 200,
      () => 'the time goes on',
    );
  }),
  retryCase('drops nothing that is not settled, and all that is or none', async (retries) => {
    const { bench } = retries;
    await retries.leave(ids(20));
    const first = await retries.read({
      react: (delivery, { deliveries }) => {
        if (deliveries.length <= 12 && deliveries.length !== 5) delivery.settle();
      },
    });
    await bench.had(first.sink, 20);
    await first.handle.flush(bench.deadline());
    const kept = await retries.kept();
    for (const id of ['05', ...ids(20).slice(12)]) assert.ok(kept.includes(id), `${id} is kept`);
    await first.handle.stop(bench.deadline());
    const second = await retries.read({}, await bench.open());
    await bench.had(second.sink, 9);
    await second.handle.flush(bench.deadline());
    const unsettled = second.sink.ids.filter((id) => id === '05' || id > '12');
    assertEachReceivedOnce(['05', ...ids(20).slice(12)], unsettled);
    const before = second.sink.deliveries.length;
    await retries.leave(['new']);
    await bench.had(second.sink, before + 1);
    assert.equal(second.sink.ids.at(-1), 'new');
  }),
  retryCase(
    'keeps what is passed to another group, and gives it to its own no more',
    async (retries) => {
      const { bench } = retries;
      await retries.leave(ids(10));
      const first = await retries.read({
        react: (delivery, { deliveries }) => {
          if (deliveries.length % 2 === 1 && delivery.pass) delivery.pass();
          else delivery.settle();
        },
      });
      await bench.had(first.sink, 10);
      await first.handle.flush(bench.deadline());
      const passes = first.sink.deliveries[0]!.pass !== undefined;
      const passed = ids(10).filter((_, i) => i % 2 === 0);
      const kept = await retries.kept();
      for (const id of passes ? passed : []) assert.ok(kept.includes(id), `${id} is kept`);
      await first.handle.stop(bench.deadline());
      const second = await retries.read({}, await bench.open());
      await retries.leave(['new']);
      await bench.had(second.sink, 1);
      assertInOrder(['new'], second.sink.ids);
    },
  ),
  retryCase('gives what a member left behind to another, in order', async (retries) => {
    const { bench } = retries;
    await retries.leave(ids(10));
    const dying = await bench.open();
    const first = await retries.read({ react: keepIt }, dying);
    await bench.had(first.sink, 10);
    await bench.close(dying);
    const second = await retries.read();
    await bench.had(second.sink, 10);
    assertInOrder(ids(10), second.sink.ids);
  }),
  retryCase(
    'keeps the order of what is given back and read again, again and again',
    async (retries) => {
      const { bench } = retries;
      await retries.leave(ids(30));
      let round = 0;
      const { sink, handle } = await retries.read({
        maxInFlight: 8,
        react: (delivery, { deliveries }) => {
          // The first five of each round are due, and the others are not.
          if (deliveries.length % 8 < 5 || round > 3) return delivery.settle();
          if (deliveries.length % 8 === 5) round++;
          delivery.release();
        },
      });
      await bench.eventually(
        () => new Set(sink.ids).size === 30,
        () => `30 records; there were ${new Set(sink.ids).size}`,
      );
      const firsts = [...new Set(sink.ids)];
      assertInOrder(ids(30), firsts);
      await handle.flush(bench.deadline());
    },
  ),
  retryCase('waits for a released record, and gives those behind it after it', async (retries) => {
    const { bench } = retries;
    await retries.leave(ids(5));
    const times: number[] = [];
    const { sink } = await retries.read({
      react: (delivery, { deliveries }) => {
        times.push(performance.now());
        if (deliveries.length === 1) delivery.release(RELEASE_MS);
        else if (times.at(-1)! - times[0]! >= RELEASE_MS - 1) delivery.settle();
        else delivery.release();
      },
    });
    await bench.eventually(
      () => new Set(sink.ids.slice(1)).size === 5,
      () => `all of them again; there were ${sink.ids.join()}`,
    );
  }),
];
