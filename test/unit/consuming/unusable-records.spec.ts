import { UnusableRecordError } from '../../../lib/errors/index.js';
import type { IncomingRecord } from '../../../lib/transport/transport.interface.js';
import { ConsumingBus, OTHER, recordOf, SECRET } from '../../support/consuming-bus.js';
import { ScriptedTransport } from '../../support/scripted-transport.js';
import { waitUntil } from '../../support/wait-until.js';

type Spoil = (record: IncomingRecord) => IncomingRecord;

const withBody =
  (change: (body: Buffer) => Uint8Array | null): Spoil =>
  (record) => ({ ...record, value: change(Buffer.from(record.value ?? [])) });
const withField =
  (name: string, value: string | null): Spoil =>
  (record) => ({
    ...record,
    attributes: record.attributes.flatMap((field) =>
      field[0] !== name ? [field] : value === null ? [] : [[name, Buffer.from(value)] as const],
    ),
  });

const bodies: readonly (readonly [string, Spoil])[] = [
  ['truncated', withBody((body) => body.subarray(0, body.length - 1))],
  ['with trailing bytes', withBody((body) => Buffer.concat([body, Buffer.from([0])]))],
  ['empty', withBody(() => Buffer.alloc(0))],
  ['null', withBody(() => null)],
  ['with a hostile length', withBody(() => Buffer.from('feffffffffffffffff01', 'hex'))],
  ['with invalid UTF-8', withBody(() => Buffer.from([2, 0xff, 2]))],
];
const headers: readonly (readonly [string, Spoil])[] = [
  ['without a type', withField('type', null)],
  ['with an id that is none', withField('id', '{"not": "a uuid"}')],
  ['with a time that is none', withField('time', 'yesterday')],
  ['with a minorversion that is none', withField('minorversion', 'one')],
  [
    'with a source that is not UTF-8',
    (record) => ({
      ...record,
      attributes: record.attributes.map((field) =>
        field[0] === 'source' ? (['source', Buffer.from([0xff, 0xfe])] as const) : field,
      ),
    }),
  ],
];

async function poisonAt(index: number, spoil: Spoil) {
  const transport = new ScriptedTransport();
  const bus = new ConsumingBus(transport);
  const done: number[] = [];
  bus.handle(({ n }) => done.push(n));
  await bus.runtime.start();
  const records = [0, 1, 2].map((n) => (n === index ? spoil(recordOf(n)) : recordOf(n)));
  await transport.last.deliver('s', records);
  await waitUntil(() => bus.ends.length === 3);
  await bus.drain();
  return { transport, bus, done };
}

describe('a record that is no event', () => {
  describe.each(bodies)('B-05: whose body is %s', (_, spoil) => {
    it.each([0, 1, 2])(
      'at place %i of a batch is logged, settled, and the rest handled',
      async (at) => {
        const { transport, bus, done } = await poisonAt(at, spoil);
        expect(done).toEqual([0, 1, 2].filter((n) => n !== at));
        expect(transport.last.fates()).toEqual(['settled', 'settled', 'settled']);
        expect(bus.counts).toMatchObject({ handled: 2, failed: 1, unusable: 1, retried: 0 });
        const end = bus.ends.find(({ result }) => result === 'unusable');
        expect(end?.error).toBeInstanceOf(UnusableRecordError);
        expect(end?.error).toMatchObject({ topic: 'subject' });
        const errors = bus.lines.filter((line) => line.startsWith('error'));
        expect(errors).toHaveLength(1);
        expect(errors[0]).toContain(
          `Unusable record. The record is acknowledged and will not be redelivered: topic=subject, partition=s, offset=${at}`,
        );
        expect(bus.lines.join('\n')).not.toContain(SECRET);
      },
    );
  });

  it.each(headers)('B-06: %s is logged and settled, the next handled', async (_, spoil) => {
    const { transport, bus, done } = await poisonAt(1, spoil);
    expect(done).toEqual([0, 2]);
    expect(transport.last.fates()).toEqual(['settled', 'settled', 'settled']);
    expect(bus.counts).toMatchObject({ unusable: 1, failed: 1 });
  });

  it('names type and id where the record could be read that far', async () => {
    const { bus } = await poisonAt(
      1,
      withBody((body) => body.subarray(1)),
    );
    const error = bus.ends.find(({ result }) => result === 'unusable')?.error;
    expect(error).toMatchObject({
      topic: 'subject',
      group: 'g',
      eventType: 'org.openedx.test.subject.happened.v1',
      eventId: '00000000-0000-1000-8000-000000000001',
    });
  });

  it('halt stops at it too', async () => {
    const transport = new ScriptedTransport();
    const bus = new ConsumingBus(transport, { onFailure: 'halt' });
    bus.handle(() => undefined);
    await bus.runtime.start();
    await transport.last.deliver('s', [{ ...recordOf(1), value: null }, recordOf(2)]);
    await waitUntil(() => bus.fatal.length === 1);
    expect(transport.last.fates()).toEqual(['in hand', 'released']);
    await bus.drain();
  });
});

describe('B-06: metadata that is missing but not needed', () => {
  it('takes the default, is handled, counted and warned of once per topic', async () => {
    const transport = new ScriptedTransport();
    const bus = new ConsumingBus(transport);
    const warnings: string[] = [];
    bus.handle((_, context) => warnings.push(...context.warnings));
    await bus.runtime.start();
    const spoil = withField('sourcehost', '');
    await transport.last.deliver('s', [spoil(recordOf(1)), spoil(recordOf(2))]);
    await waitUntil(() => bus.ends.length === 2);
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toContain('sourcehost');
    expect(bus.counts).toMatchObject({ handled: 2, warnings: 2 });
    expect(bus.lines.filter((line) => line.startsWith('warn'))).toHaveLength(1);
    await bus.drain();
  });
});

describe('an event type', () => {
  it('B-07: that is unknown is skipped, counted, warned of once, and is no error', async () => {
    const transport = new ScriptedTransport();
    const bus = new ConsumingBus(transport, { consecutiveErrorsLimit: 2 });
    const done: number[] = [];
    bus.handle(({ n }) => done.push(n));
    await bus.runtime.start();
    const unknown = withField('type', 'org.openedx.nobody.knows.this.v1');
    const records = [1, 2, 3, 4].map((n) => unknown(recordOf(n)));
    await transport.last.deliver('s', [...records, recordOf(5)]);
    await waitUntil(() => bus.ends.length === 5);
    expect(done).toEqual([5]);
    expect(transport.last.fates()).toEqual(Array(5).fill('settled'));
    expect(bus.counts).toMatchObject({ unknownType: 4, failed: 0, unusable: 0 });
    expect(bus.fatal).toEqual([]);
    const warned = bus.lines.filter((line) => line.includes('org.openedx.nobody.knows.this.v1'));
    expect(warned).toHaveLength(1);
    await bus.drain();
  });

  it('B-07: from the wire cannot break a log line', async () => {
    const transport = new ScriptedTransport();
    const bus = new ConsumingBus(transport);
    bus.handle(() => undefined);
    await bus.runtime.start();
    await transport.last.deliver('s', [withField('type', 'x\nERROR forged')(recordOf(1))]);
    await waitUntil(() => bus.ends.length === 1);
    expect(bus.lines.filter((line) => line.includes('\n'))).toEqual([]);
    await bus.drain();
  });

  it('that nobody handles here is settled without being decoded', async () => {
    const transport = new ScriptedTransport();
    const bus = new ConsumingBus(transport);
    bus.handle(() => undefined);
    await bus.runtime.start();
    const record = { ...recordOf(1, { event: OTHER }), value: Buffer.from('ff', 'hex') };
    await transport.last.deliver('s', [record]);
    await waitUntil(() => bus.ends.length === 1);
    expect(bus.ends[0]?.result).toBe('noHandler');
    expect(transport.last.fates()).toEqual(['settled']);
    expect(bus.counts).toMatchObject({ handled: 0, failed: 0 });
    await bus.drain();
  });
});
