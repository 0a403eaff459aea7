import {
  controlRecord,
  type Control,
} from '../../../lib/transport/kafka/dead-letters/control-record.js';
import { OffsetSet } from '../../../lib/transport/kafka/dead-letters/offset-set.js';
import { PartitionLetters } from '../../../lib/transport/kafka/dead-letters/partition-letters.js';
import {
  recordsOf,
  TopicLetters,
} from '../../../lib/transport/kafka/dead-letters/letter-reader.js';
import type {
  FetchedBatch,
  FetchedRecord,
  PartitionOffset,
} from '../../../lib/transport/kafka/kafka-driver.interface.js';
import type { LetterClosing } from '../../../lib/transport/dead-letter-store.interface.js';
import type { IncomingRecord } from '../../../lib/transport/transport.interface.js';

const TOPIC = 'dev-login-crm-dlq';
const KIND = 'openedx.dlq.record';

type Attributes = IncomingRecord['attributes'];

const letter: IncomingRecord = {
  topic: TOPIC,
  key: Buffer.from('key'),
  attributes: [['openedx.dlq.id', Buffer.from('id')]],
  value: Buffer.from('value'),
};

/** One partition of a broker: offsets are places in the list. */
class Log {
  readonly records: FetchedRecord[] = [];
  first = 0;
  fetches = 0;

  add(record: IncomingRecord, brokerTime = 0): number {
    const offset = this.records.length;
    this.records.push({ offset, size: 1, record: { ...record, brokerTime } });
    return offset;
  }

  control(control: Control, brokerTime = 0): number {
    return this.add(controlRecord(TOPIC, 0, control), brokerTime);
  }

  letters(count: number): number[] {
    return Array.from({ length: count }, () => this.add(letter));
  }

  get batch(): FetchedBatch {
    const { records } = this;
    return { topic: TOPIC, partition: 0, from: 0, records, next: records.length };
  }

  get driver() {
    return {
      offsets: (_: string, at: unknown) =>
        Promise.resolve(new Map([[0, at === 'earliest' ? this.first : this.records.length]])),
      fetch: ({ offset: from, ...place }: PartitionOffset) => {
        this.fetches++;
        if (from < this.first || from > this.records.length) return Promise.resolve(undefined);
        const records = this.records.slice(from, from + 10);
        return Promise.resolve({ ...place, from, records, next: from + records.length });
      },
    };
  }
}

function closingOf(offset: number, more: Partial<LetterClosing> = {}): LetterClosing {
  const position = { topic: TOPIC, partition: '0', offset: String(offset) };
  return { position, letterId: 'id', action: 'discarded', by: 'me', at: 1, ...more };
}

function read(log: Log, start = 0) {
  const closed: LetterClosing[] = [];
  const malformed: number[] = [];
  const letters = new PartitionLetters(start);
  letters.take(log.batch, {
    closed: (closing) => closed.push(closing),
    malformed: (_, offset) => malformed.push(offset),
  });
  const open = log.records.map(({ offset }) => offset).filter((offset) => letters.open.has(offset));
  return { letters, closed, malformed, open };
}

describe('a set of offsets', () => {
  it('has what was added and not deleted, and finds the next', () => {
    const set = new OffsetSet();
    const added = [0, 31, 32, 65_535, 65_536, 5_000_000_000, 2 ** 52];
    for (const offset of added) set.add(offset);
    set.add(31);
    const found = [];
    for (let at = set.next(0, 6e9); at !== undefined; at = set.next(at + 1, 6e9)) found.push(at);
    expect(found).toEqual(added.slice(0, -1));
    expect(added.every((offset) => set.has(offset))).toBe(true);
    expect([1, 33, 65_537].some((offset) => set.has(offset))).toBe(false);
    expect([set.delete(31), set.delete(31), set.delete(33)]).toEqual([true, false, false]);
    expect([set.next(1, 32), set.next(1, 33), set.next(33, 65_535)]).toEqual([
      undefined,
      32,
      undefined,
    ]);
    set.forgetBelow(65_536);
    expect([set.has(65_535), set.has(65_536)]).toEqual([false, true]);
  });

  it('are counted from an offset on', () => {
    const set = new OffsetSet();
    for (let offset = 0; offset < 200_000; offset += 3) set.add(offset);
    set.add(2 ** 52);
    for (const from of [0, 1, 31, 32, 33, 65_535, 65_536, 131_071, 131_072, 199_999]) {
      const below = Math.ceil(from / 3);
      expect(set.countFrom(from)).toBe(66_667 - below + 1);
    }
    set.delete(199_998);
    expect([set.countFrom(199_998), set.countFrom(2 ** 52 + 1)]).toEqual([1, 0]);
  });
});

describe('the letters of a partition', () => {
  it('are whatever is no record about letters, records of others too', () => {
    const log = new Log();
    log.letters(2);
    log.add({ ...letter, key: null, attributes: [], value: null });
    log.add({ ...letter, unreadable: { reason: 'damaged' }, key: null, attributes: [] });
    expect(read(log).open).toEqual([0, 1, 2, 3]);
  });

  it('are those too whose original record had the header of a record about letters', () => {
    const log = new Log();
    const [first] = log.letters(1) as [number];
    const value = Buffer.from(JSON.stringify({ offset: 0, owner: 'x', id: 'i', by: 'b', at: 1 }));
    const hostile: Attributes = [
      [KIND, Buffer.from('closing')],
      ['openedx.dlq.id', Buffer.from('id')],
    ];
    log.add({ topic: TOPIC, key: null, attributes: hostile, value });
    expect(read(log)).toMatchObject({ open: [first, 1], closed: [], malformed: [] });
  });

  it.each([
    ['no JSON', 'closing', 'nonsense'],
    ['no value', 'closing', null],
    ['null', 'claim', 'null'],
    ['another kind', 'toString', '{"offsets":[0],"owner":"o","ms":1}'],
    ['no owner', 'claim', '{"offsets":[0],"ms":1}'],
    ['no number of ms', 'claim', '{"offsets":[0],"owner":"o","ms":"1"}'],
    ['a negative offset', 'claim', '{"offsets":[-1],"owner":"o","ms":1}'],
    ['an offset in words', 'release', '{"offsets":["0"],"owner":"o"}'],
    ['no list', 'release', '{"offsets":0,"owner":"o"}'],
    [
      'too many offsets',
      'claim',
      JSON.stringify({ offsets: new Array(1_001).fill(0), owner: 'o', ms: 1 }),
    ],
    ['no action', 'closing', '{"offset":0,"owner":"o","id":"i","by":"b","at":1}'],
    [
      'an action of objects',
      'closing',
      '{"offset":0,"owner":"o","id":"i","by":"b","at":1,"action":"constructor"}',
    ],
    ['no time', 'closing', '{"offset":0,"owner":"o","id":"i","by":"b","action":"discarded"}'],
  ])('are not touched by a record about letters with %s', (_, kind, value) => {
    const log = new Log();
    log.letters(1);
    log.add({
      ...{ topic: TOPIC, key: null, attributes: [[KIND, Buffer.from(kind)]] },
      value: value === null ? null : Buffer.from(value),
    });
    expect(read(log)).toMatchObject({ open: [0], closed: [], malformed: [1] });
  });

  it('are reserved by the first in the order of the log, until its time is over by that of the broker', () => {
    const log = new Log();
    const offsets = log.letters(1);
    log.control({ kind: 'claim', offsets, owner: 'one', ms: 100 }, 1_000);
    log.control({ kind: 'claim', offsets, owner: 'other', ms: 100 }, 1_100);
    expect(read(log).letters.holds(0, 'one')).toBe(true);
    log.control({ kind: 'claim', offsets, owner: 'one', ms: 100 }, 1_100);
    log.control({ kind: 'claim', offsets, owner: 'other', ms: 100 }, 1_200);
    expect(read(log).letters.holds(0, 'one')).toBe(true);
    log.control({ kind: 'claim', offsets, owner: 'other', ms: 100 }, 1_201);
    expect(read(log).letters.holds(0, 'one')).toBe(false);
    expect(read(log).letters.holds(0, 'other')).toBe(true);
    log.control({ kind: 'release', offsets, owner: 'one' }, 1_201);
    expect(read(log).letters.holds(0, 'other')).toBe(true);
    log.control({ kind: 'release', offsets, owner: 'other' }, 1_201);
    log.control({ kind: 'claim', offsets, owner: 'one', ms: 100 }, 1_201);
    expect(read(log).letters.holds(0, 'one')).toBe(true);
  });

  it('are reserved by nobody for longer than a day', () => {
    const log = new Log();
    const offsets = log.letters(1);
    log.control({ kind: 'claim', offsets, owner: 'one', ms: 1e300 }, 0);
    log.control({ kind: 'claim', offsets, owner: 'other', ms: 1 }, 24 * 3_600_000 + 1);
    expect(read(log).letters.holds(0, 'other')).toBe(true);
  });

  it('are closed once, by whoever reserved them', () => {
    const log = new Log();
    const offsets = log.letters(2);
    log.control({ kind: 'claim', offsets: [0], owner: 'one', ms: 100 }, 0);
    const close = (offset: number, owner: string, reason: string): number =>
      log.control({ kind: 'closing', offset, owner, closing: closingOf(offset, { reason }) }, 1);
    close(0, 'other', 'not its own');
    close(0, 'one', 'its own');
    close(0, 'one', 'twice');
    close(1, 'anybody', 'nobody reserved it');
    close(9, 'one', 'no letter');
    const { open, closed } = read(log);
    expect(open).toEqual([]);
    expect(closed).toEqual([
      closingOf(0, { reason: 'its own' }),
      closingOf(1, { reason: 'nobody reserved it' }),
    ]);
    expect(offsets).toEqual([0, 1]);
  });

  it('that the broker has dropped are told once, as long as their closings are there', () => {
    const log = new Log();
    log.letters(2);
    for (let times = 0; times < 2; times++)
      log.control({ kind: 'closing', offset: 0, owner: 'one', closing: closingOf(0) });
    log.records.splice(0, 2);
    expect(read(log, 2).closed).toEqual([closingOf(0)]);
  });
});

describe('reading letters', () => {
  const open = (letters: PartitionLetters, end: number): number[] => {
    const found: number[] = [];
    for (let at = letters.open.next(0, end); at !== undefined; at = letters.open.next(at + 1, end))
      found.push(at);
    return found;
  };

  it('goes on where it was, and reads nothing twice', async () => {
    const log = new Log();
    const letters = new TopicLetters(log.driver, TOPIC, {});
    log.letters(25);
    await Promise.all([letters.readTo(0, 25), letters.readTo(0, 25)]);
    expect(log.fetches).toBe(3);
    log.control({ kind: 'closing', offset: 3, owner: 'one', closing: closingOf(3) });
    expect(open(await letters.readTo(0, 26), 26)).toHaveLength(24);
    expect(log.fetches).toBe(4);
  });

  it('passes over what retention dropped meanwhile', async () => {
    const log = new Log();
    const letters = new TopicLetters(log.driver, TOPIC, {});
    log.letters(5);
    await letters.readTo(0, 5);
    log.letters(20);
    log.first = 12;
    expect(open(await letters.readTo(0, 25), 25).filter((offset) => offset >= 12)).toHaveLength(13);
    expect(letters.of(0)!.next).toBe(25);
  });

  it('ends where the log does', async () => {
    const log = new Log();
    const letters = new TopicLetters(log.driver, TOPIC, {});
    log.letters(15);
    await letters.readTo(0, 15);
    log.records.length = 3;
    expect((await letters.readTo(0, 16)).next).toBe(15);
  });

  it('may skip parts of the log', async () => {
    const log = new Log();
    log.letters(100);
    const froms: number[] = [];
    const part = { topic: TOPIC, partition: 0, from: 5, end: 95 };
    for await (const { from } of recordsOf(log.driver, part, (next) => next + 30)) froms.push(from);
    expect(froms).toEqual([5, 45, 85]);
  });
});
