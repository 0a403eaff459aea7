import {
  factsOf,
  type GivenUp,
  letterOf,
  recordOf,
} from '../../../lib/consuming/dead-letters/letter.js';
import { HandlersFailedError } from '../../../lib/errors/index.js';
import type { EventRecord, IncomingRecord } from '../../../lib/transport/transport.interface.js';

const record: IncomingRecord = {
  ...{ topic: 'p-events', key: Buffer.from('k'), value: Buffer.from([0, 1, 2]) },
  attributes: [
    ['ce_id', Buffer.from('1')],
    ['other', null],
  ],
  brokerTime: Date.UTC(2026, 0, 2),
};

function givenUp(further: Partial<GivenUp> = {}): GivenUp {
  const failures = ['crm', 'mail'].map((handler) => ({
    handler,
    error: new TypeError(`${handler} ${'x'.repeat(5_000)}`),
  }));
  return {
    delivery: {
      record,
      position: { topic: 'p-events', partition: '3', offset: '17' },
      ...{ source: 's', signal: new AbortController().signal },
      ...{ settle: () => undefined, release: () => undefined, keepAlive: () => undefined },
    },
    ...{ group: 'g', attempts: 2, failures, error: new HandlersFailedError(failures, 3, {}) },
    ...further,
  };
}

const added = ({ attributes }: EventRecord): number =>
  attributes
    .slice(record.attributes.length)
    .reduce((sum, [name, bytes]) => sum + name.length + bytes!.length, 0);

const manyFailures = Array.from({ length: 40 }, (_, i) => ({
  handler: `handler number ${i}`,
  error: new Error('é'.repeat(3_000)),
}));

describe('a letter', () => {
  it('says what became of the record, in at most 8 KB', () => {
    const { id, record: letter } = letterOf(givenUp(), 'p-events-g-dlq', true);
    expect(letter).toMatchObject({ topic: 'p-events-g-dlq', partition: 3, untrimmed: true });
    expect(factsOf(letter)).toMatchObject({
      ...{ id, topic: 'p-events', partition: '3', offset: '17', group: 'g', deliveryCount: 2 },
      ...{ code: 'HANDLERS_FAILED', redrives: 0, originalTime: new Date(Date.UTC(2026, 0, 2)) },
      handlers: [
        { id: 'crm', error: 'TypeError' },
        { id: 'mail', error: 'TypeError' },
      ],
    });
    expect(added(letter)).toBeLessThan(8_192);
    const many = letterOf(givenUp({ failures: manyFailures }), 't', true).record;
    expect(factsOf(many).handlers.map((one) => one.id)).toEqual(
      manyFailures.map(({ handler }) => handler),
    );
    expect(added(many)).toBeLessThan(16_384);
  });

  it('keeps the record as it was, which it gives back', () => {
    const { record: letter } = letterOf(givenUp(), 't', false);
    expect(letter.attributes.slice(0, 2)).toEqual(record.attributes);
    expect(recordOf(letter, factsOf(letter))).toEqual(record);
  });

  it('in its shortest form still names the six facts of KIP-1191, its id and the handlers', () => {
    const { id, shortest } = letterOf(givenUp(), 't', true);
    const names = shortest.attributes.slice(2).map(([name]) => name);
    expect(names).toEqual([
      ...['topic', 'partition', 'offset', 'group', 'delivery.count', 'message'].map(
        (name) => `__dlq.errors.${name}`,
      ),
      ...['openedx.dlq.id', 'openedx.dlq.handlers'],
    ]);
    expect(factsOf(shortest)).toMatchObject({ id, handlers: [{ id: 'crm' }, { id: 'mail' }] });
    expect(added(shortest)).toBeLessThan(600);
  });

  it('has an id of position, group and failed handlers, whatever their order', () => {
    const { failures } = givenUp();
    const idOf = (further: Partial<GivenUp> = {}) => letterOf(givenUp(further), 't', false).id;
    expect(idOf()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(idOf({ failures: failures.toReversed() })).toBe(idOf());
    const others = [
      idOf({ group: 'h' }),
      idOf({ failures: failures.slice(1) }),
      idOf({
        delivery: {
          ...givenUp().delivery,
          position: { topic: 'p-events', partition: '3', offset: '18' },
        },
      }),
    ];
    expect(new Set([idOf(), ...others]).size).toBe(4);
  });

  it('of a letter keeps the first time and counts the redrive; no attribute is there twice', () => {
    const first = letterOf(givenUp(), 't', false).record;
    const before = factsOf(first);
    const delivery = { ...givenUp().delivery, record: { ...first, topic: 'p-events' } };
    const second = letterOf(givenUp({ delivery, before }), 't', false).record;
    expect(factsOf(second)).toMatchObject({
      ...{ id: before.id, redrives: 1, firstTime: before.firstTime },
      originalTime: before.originalTime,
    });
    const names = second.attributes.map(([name]) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});
