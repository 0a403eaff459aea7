import assert from 'node:assert/strict';
import type {
  DeadLetterStore,
  DeadLetterTopic,
  LetterClosing,
  StoredLetter,
} from '../../transport/dead-letter-store.interface.js';
import type { OutgoingRecord, RecordPosition } from '../../transport/transport.interface.js';
import { type Bench, type ConformanceCase, hexOf, type OpenTransport } from './bench.js';
import { ids, numberedRecord } from './recording-sink.js';

/** A topic of letters that nobody else has, and the transport that it is used through. */
class LetterBench {
  private constructor(
    readonly bench: Bench,
    readonly open: OpenTransport,
    readonly store: DeadLetterStore,
    readonly topic: DeadLetterTopic,
  ) {}

  /** Undefined where the transport keeps no dead letters. */
  static async of(bench: Bench, source = bench.topic): Promise<LetterBench | undefined> {
    const open = await bench.open();
    const store = open.transport.deadLetters;
    if (!store) return undefined;
    if (source === bench.topic) await bench.publish(open, ['the source exists']);
    const topic = { name: `${bench.topic}-dlq`, source, create: true, retentionMs: null };
    await store.prepare(topic);
    return new LetterBench(bench, open, store, topic);
  }

  get name(): string {
    return this.topic.name;
  }

  /** The same topic, through another transport object. */
  async anew(): Promise<LetterBench> {
    const open = await this.bench.open();
    return new LetterBench(this.bench, open, open.transport.deadLetters!, this.topic);
  }

  async records(
    sent: readonly string[],
    options: Pick<OutgoingRecord, 'partition'> = {},
  ): Promise<OutgoingRecord[]> {
    const { bench, open, name } = this;
    const made = sent.map(async (id): Promise<OutgoingRecord> => {
      const record = await numberedRecord(open.wire, id, name, bench.deadline(), {
        key: `key-${id}`,
      });
      const appended = [
        ['openedx.dlq.id', Buffer.from(`letter-${id}`)],
        ['openedx.dlq.code', Buffer.from('HANDLERS_FAILED')],
      ] as const;
      const attributes = [...record.attributes, ...appended];
      return { ...record, attributes, untrimmed: true, ...options };
    });
    return Promise.all(made);
  }

  /** Resolves with the positions of the letters. */
  async write(records: readonly OutgoingRecord[]): Promise<RecordPosition[]> {
    const outcomes = await this.open.transport.publish(records, this.bench.deadline());
    return outcomes.map((outcome) => {
      if (outcome.status !== 'sent') throw outcome.error;
      return outcome.receipt.position!;
    });
  }

  async letters(count: number): Promise<RecordPosition[]> {
    return this.write(await this.records(ids(count)));
  }

  async all(after?: readonly RecordPosition[]): Promise<StoredLetter[]> {
    const found: StoredLetter[] = [];
    for await (const letter of this.store.open(this.name, after)) found.push(letter);
    return found;
  }

  async positions(): Promise<string[]> {
    return (await this.all()).map(({ position }) => said(position)).sort();
  }

  async closings(): Promise<LetterClosing[]> {
    const found: LetterClosing[] = [];
    for await (const closing of this.store.closings(this.name)) found.push(closing);
    return found;
  }

  claim(positions: readonly RecordPosition[], owner: string, ms = 60_000) {
    return this.store.claim(this.name, positions, owner, ms);
  }
}

const said = ({ topic, partition, offset }: RecordPosition): string =>
  `${topic}/${partition}/${offset}`;

function closing(position: RecordPosition, given: Partial<LetterClosing> = {}): LetterClosing {
  const known = {
    letterId: 'letter',
    action: 'redriven',
    by: 'tester@host',
    at: 1_700_000_000_123,
  };
  return { position, ...known, ...given } as LetterClosing;
}

function letterCase(
  name: string,
  run: (letters: LetterBench) => Promise<void>,
  more: Pick<ConformanceCase, 'when'> = {},
): ConformanceCase {
  return {
    ...more,
    name,
    run: async (bench) => {
      const letters = await LetterBench.of(bench);
      if (letters) await run(letters);
    },
  };
}

/** More than any limit of a topic under test. */
const MANY = 15_000;

/** Each passes without a check where the transport keeps no dead letters. */
export const deadLetterCases: readonly ConformanceCase[] = [
  letterCase(`drops no letter to make room for others (${MANY})`, async (letters) => {
    const [record] = (await letters.records(['1'], { partition: 0 })) as [OutgoingRecord];
    const some = Array.from({ length: MANY / 10 }, () => record);
    const first = await letters.write(some);
    for (let rest = 9; rest > 0; rest--) await letters.write(some);
    let count = 0;
    for await (const { position } of letters.store.open(letters.name))
      if (count++ < first.length) assert.deepEqual(position, first[count - 1]);
    assert.equal(count, MANY);
    if (letters.store.count) assert.equal(await letters.store.count(letters.name), MANY);
  }),
  letterCase(
    'writes a letter to the partition that is chosen, modulo their number',
    async (letters) => {
      const records = await letters.records(ids(12));
      const positions = await letters.write(
        records.map((record, partition) => ({ ...record, partition })),
      );
      const chosen = positions.map(({ partition }) => Number(partition));
      const partitions = Math.max(...chosen) + 1;
      assert.deepEqual(
        chosen,
        records.map((_, i) => i % partitions),
      );
    },
    { when: ({ partitions }) => partitions },
  ),
  letterCase('gives every open letter as it was written, in order', async (letters) => {
    const records = await letters.records(ids(200));
    const positions = await letters.write(records);
    const found = await letters.all();
    assert.equal(found.length, 200);
    const last = new Map<string, number>();
    for (const { record, position } of found) {
      const i = positions.findIndex((one) => said(one) === said(position));
      assert.equal(hexOf(record), hexOf(records[i]!));
      assert.ok(i > (last.get(position.partition) ?? -1), 'in the order of the partition');
      last.set(position.partition, i);
    }
    const partitions = found.map(({ position }) => Number(position.partition));
    assert.deepEqual(
      partitions,
      [...partitions].sort((a, b) => a - b),
      'partition by partition',
    );
  }),
  letterCase('gives the letters after a position', async (letters) => {
    await letters.letters(50);
    const all = await letters.all();
    const of = (partition: string): StoredLetter[] =>
      all.filter(({ position }) => position.partition === partition);
    const partitions = [...new Set(all.map(({ position }) => position.partition))];
    const after = partitions.map((partition) => of(partition)[2]!.position);
    const expected = partitions.flatMap((partition) => of(partition).slice(3));
    assert.deepEqual(
      (await letters.all(after)).map(({ position }) => said(position)),
      expected.map(({ position }) => said(position)),
    );
  }),
  letterCase('reserves each letter for one of two owners that ask at once', async (letters) => {
    const positions = await letters.letters(30);
    const other = await letters.anew();
    const claimed = await Promise.all([
      letters.claim(positions, 'one'),
      other.claim([...positions].reverse(), 'other'),
    ]);
    assert.deepEqual(claimed.flat().map(said).sort(), positions.map(said).sort());
    const again = await Promise.all([
      letters.claim(positions, 'one'),
      other.claim(positions, 'other'),
    ]);
    assert.deepEqual(
      again.map((some) => some.map(said).sort()),
      claimed.map((some) => some.map(said).sort()),
      'whoever has it keeps it',
    );
  }),
  letterCase('gives a reserved letter to another owner after its time', async (letters) => {
    const positions = await letters.letters(2);
    const other = await letters.anew();
    assert.equal((await letters.claim(positions, 'one', 300)).length, 2);
    await letters.bench.eventually(
      async () => (await other.claim(positions, 'other')).length === 2,
      () => 'the other owner has both letters',
    );
    assert.deepEqual(await letters.claim(positions, 'one'), []);
  }),
  letterCase('prolongs a reservation, which its owner can give up', async (letters) => {
    const [position] = (await letters.letters(1)) as [RecordPosition];
    const other = await letters.anew();
    assert.equal((await letters.claim([position], 'one', 500)).length, 1);
    assert.equal((await letters.claim([position], 'one', 60_000)).length, 1);
    await letters.bench.pass(600);
    assert.deepEqual(await other.claim([position], 'other'), []);
    await other.store.release(other.name, [position], 'other');
    assert.deepEqual(await other.claim([position], 'other'), []);
    await letters.store.release(letters.name, [position], 'one');
    assert.deepEqual((await other.claim([position], 'other')).map(said), [said(position)]);
  }),
  letterCase('closes a letter once, and only for its owner', async (letters) => {
    const [kept, closed] = (await letters.letters(2)) as [RecordPosition, RecordPosition];
    const other = await letters.anew();
    await letters.claim([kept, closed], 'one');
    await other.store.close(other.name, [closing(kept), closing(closed)], 'other');
    assert.deepEqual(await letters.positions(), [kept, closed].map(said).sort());
    await letters.store.close(letters.name, [closing(closed, { reason: 'first' })], 'one');
    await letters.store.close(letters.name, [closing(closed, { reason: 'second' })], 'one');
    assert.deepEqual(await other.positions(), [said(kept)]);
    assert.deepEqual(
      (await other.closings()).map(({ reason }) => reason),
      ['first'],
    );
    assert.deepEqual((await letters.claim([kept, closed], 'one')).map(said), [said(kept)]);
    if (letters.store.count) assert.equal(await letters.store.count(letters.name), 1);
  }),
  letterCase('tells what was closed, by whom, when and why', async (letters) => {
    const positions = await letters.letters(4);
    const actions = ['redriven', 'failedAgain', 'discarded', 'duplicate'] as const;
    const expected = positions.map((position, i) =>
      closing(position, {
        ...{
          letterId: `letter-${i}`,
          action: actions[i]!,
          by: `Zoë "${i}"`,
          at: 1_700_000_000_000 + i,
        },
        ...(i === 2 && { reason: 'a line\nand another' }),
      }),
    );
    await letters.claim(positions, 'one');
    await letters.store.close(letters.name, expected, 'one');
    const found = await (await letters.anew()).closings();
    const byId = (a: LetterClosing, b: LetterClosing): number =>
      a.letterId.localeCompare(b.letterId);
    assert.deepEqual([...found].sort(byId), expected);
    assert.deepEqual(await letters.all(), []);
  }),
  letterCase('keeps a newer letter of the same id open', async (letters) => {
    const [record] = (await letters.records(['1'])) as [OutgoingRecord];
    const [first] = (await letters.write([record])) as [RecordPosition];
    const [second] = (await letters.write([record])) as [RecordPosition];
    await letters.claim([first], 'one');
    await letters.store.close(letters.name, [closing(first, { letterId: 'letter-1' })], 'one');
    assert.deepEqual(await letters.positions(), [said(second)]);
  }),
  letterCase(
    'shows another transport object what is open, closed and reserved',
    async (letters) => {
      const [a, b, c] = (await letters.letters(3)) as [
        RecordPosition,
        RecordPosition,
        RecordPosition,
      ];
      await letters.claim([a, b], 'one');
      await letters.store.close(letters.name, [closing(a)], 'one');
      await letters.bench.close(letters.open);
      const other = await letters.anew();
      assert.deepEqual(await other.positions(), [b, c].map(said).sort());
      assert.deepEqual((await other.claim([a, b, c], 'other')).map(said), [said(c)]);
      assert.deepEqual((await other.claim([a, b, c], 'one')).map(said), [said(b)]);
    },
  ),
  letterCase('reserves and closes nothing where there is no letter', async (letters) => {
    const [position] = (await letters.letters(1)) as [RecordPosition];
    const none = { ...position, offset: after(position.offset) };
    assert.deepEqual(await letters.claim([none], 'one'), []);
    await letters.store.close(letters.name, [closing(none)], 'one');
    assert.deepEqual(await letters.closings(), []);
    assert.deepEqual(await letters.positions(), [said(position)]);
  }),
  letterCase('is prepared as often as is wished, and keeps its letters', async (letters) => {
    const positions = await letters.letters(3);
    await Promise.all([letters.store.prepare(letters.topic), letters.store.prepare(letters.topic)]);
    await (await letters.anew()).store.prepare(letters.topic);
    assert.deepEqual(await letters.positions(), positions.map(said).sort());
  }),
  letterCase('is prepared while letters are reserved, and they stay reserved', async (letters) => {
    const positions = await letters.letters(2);
    assert.equal((await letters.claim(positions, 'one')).length, 2);
    const other = await letters.anew();
    for (let i = 0; i < 2; i++) await other.store.prepare(letters.topic);
    assert.deepEqual(await other.claim(positions, 'other'), []);
    assert.equal((await letters.claim(positions, 'one')).length, 2);
  }),
  {
    name: 'is prepared for a topic that does not exist yet',
    run: async (bench) => {
      const letters = await LetterBench.of(bench, bench.newTopic());
      if (!letters) return;
      const positions = await letters.letters(3);
      assert.deepEqual(await letters.positions(), positions.map(said).sort());
    },
  },
  {
    name: 'has no letters and no closings where there is no topic',
    run: async (bench) => {
      const { transport } = await bench.open();
      const store = transport.deadLetters;
      if (!store) return;
      const none = bench.newTopic();
      for await (const letter of store.open(none)) assert.fail(said(letter.position));
      for await (const one of store.closings(none)) assert.fail(said(one.position));
      if (store.count) assert.equal(await store.count(none), 0);
    },
  },
];

/** Of a record that does not exist. */
function after(offset: string): string {
  const [first, ...rest] = offset.split('-');
  return [String(BigInt(first!) + 1_000n), ...rest].join('-');
}
