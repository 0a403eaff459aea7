import { setTimeout as pass } from 'node:timers/promises';
import { ConfigurationError } from '../../../lib/errors/index.js';
import { RecordingSink, type Reaction } from '../../../lib/testing/index.js';
import { MemoryBroker, memoryTransport } from '../../../lib/transport/memory/index.js';
import type {
  EventTransport,
  OutgoingRecord,
  Subscription,
} from '../../../lib/transport/transport.interface.js';
import { waitUntil } from '../../support/wait-until.js';

const host = {
  bus: 'default',
  setting: () => undefined,
  logger: { log() {}, warn() {}, error() {}, debug() {} },
};
const open: EventTransport[] = [];

async function transportOn(broker: MemoryBroker): Promise<EventTransport> {
  const { transport } = await memoryTransport({ broker })(host);
  await transport.connect(Date.now() + 1000);
  open.push(transport);
  return transport;
}

function record(id: string, orderKey?: string): OutgoingRecord {
  const attributes = [['conformance-id', Buffer.from(id)]] as const;
  return {
    topic: 't',
    key: null,
    attributes,
    value: Buffer.from(id),
    ...(orderKey && { orderKey }),
  };
}

const publish = (transport: EventTransport, ...ids: string[]) =>
  transport.publish(
    ids.map((id) => record(id)),
    Date.now() + 1000,
  );

async function read(
  transport: EventTransport,
  wanted: Partial<Subscription> = {},
  react?: Reaction,
) {
  const sink = new RecordingSink(react);
  const subscription = { topics: ['t'], group: 'g', start: 'earliest', maxInFlight: 10 } as const;
  const handle = await transport.subscribe({ ...subscription, ...wanted }, sink);
  return { sink, handle };
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((transport) => transport.close(Date.now() + 1000)));
});

describe('retention', () => {
  it('drops the oldest records and tells a group how many it lost', async () => {
    const transport = await transportOn(new MemoryBroker({ maxRecords: 3 }));
    const first = await read(transport);
    await publish(transport, '1');
    await waitUntil(() => first.sink.ids.length === 1);
    await first.handle.stop(Date.now() + 1000);
    await publish(transport, '2', '3', '4', '5', '6');
    const second = await read(transport);
    await waitUntil(() => second.sink.ids.length === 3);
    expect(second.sink.ids).toEqual(['4', '5', '6']);
    expect(second.sink.noticesOf('gap')).toEqual([{ kind: 'gap', source: 't/0', count: 2 }]);
  });

  it('keeps what is in hand, though its record was dropped', async () => {
    const transport = await transportOn(new MemoryBroker({ maxRecords: 1 }));
    const { sink } = await read(transport, { maxInFlight: 1 }, () => undefined);
    await publish(transport, '1');
    await waitUntil(() => sink.ids.length === 1);
    await publish(transport, '2');
    sink.deliveries[0]!.release();
    await waitUntil(() => sink.ids.length === 2);
    sink.deliveries[1]!.settle();
    await waitUntil(() => sink.ids.length === 3);
    expect(sink.ids).toEqual(['1', '1', '2']);
    expect(sink.noticesOf('gap')).toEqual([]);
  });

  it('counts unread records that were dropped in no lag', async () => {
    const transport = await transportOn(new MemoryBroker({ maxRecords: 2 }));
    const { handle } = await read(transport);
    handle.pause();
    await publish(transport, '1', '2', '3', '4');
    expect(await handle.lag()).toMatchObject([{ source: 't/0', events: 2 }]);
  });
});

describe('partitions', () => {
  it('puts records of one order key into one partition and spreads the keys', async () => {
    const transport = await transportOn(new MemoryBroker({ partitions: 4 }));
    const records = Array.from({ length: 40 }, (_, n) => record(String(n), `key-${n % 20}`));
    const outcomes = await transport.publish(records, Date.now() + 1000);
    const partitionOf = new Map<string, Set<string>>();
    outcomes.forEach((outcome, n) => {
      const key = records[n]!.orderKey!;
      const { partition } = outcome.status === 'sent' ? outcome.receipt.position! : fail();
      partitionOf.set(key, (partitionOf.get(key) ?? new Set()).add(partition));
    });
    expect([...partitionOf.values()].every(({ size }) => size === 1)).toBe(true);
    expect(new Set([...partitionOf.values()].flatMap((s) => [...s])).size).toBe(4);
  });

  it('shares them evenly among members, who come and go', async () => {
    const transport = await transportOn(new MemoryBroker({ partitions: 4 }));
    const one = await read(transport);
    const two = await read(transport);
    await waitUntil(() => one.sink.revoked.length === 2);
    const three = await read(transport);
    await pass(20);
    expect(one.sink.revoked.length + two.sink.revoked.length).toBe(3);
    await one.handle.stop(Date.now() + 1000);
    await three.handle.stop(Date.now() + 1000);
    await publish(transport, '1', '2', '3', '4');
    await waitUntil(() => two.sink.ids.length === 4);
    expect(new Set(two.sink.deliveries.map(({ source }) => source)).size).toBe(4);
  });
});

describe('the broker', () => {
  it('is private to a call of memoryTransport, shared by what one factory makes', async () => {
    const [factory, other] = [memoryTransport(), memoryTransport()];
    const [a, b, c] = [await factory(host), await factory(host), await other(host)];
    open.push(a.transport, b.transport, c.transport);
    expect(a.transport.unwrap()).toBe(b.transport.unwrap());
    expect(a.transport.unwrap()).not.toBe(c.transport.unwrap());
    expect(factory.transportName).toBe('memory');
  });

  it('outlives the transports that use it', async () => {
    const broker = new MemoryBroker();
    const before = await transportOn(broker);
    await publish(before, '1');
    await before.close(Date.now() + 1000);
    const { sink } = await read(await transportOn(broker));
    await waitUntil(() => sink.ids.length === 1);
  });

  it('shares no bytes: not with the publisher, not between readers', async () => {
    const transport = await transportOn(new MemoryBroker());
    const sent = record('1');
    await transport.publish([sent], Date.now() + 1000);
    sent.value!.fill(0);
    const spoil: Reaction = (delivery) => {
      delivery.record.value!.fill(0);
      delivery.settle();
    };
    const first = await read(transport, { group: 'a' }, spoil);
    await waitUntil(() => first.sink.ids.length === 1);
    const second = await read(transport, { group: 'b' });
    await waitUntil(() => second.sink.ids.length === 1);
    expect(Buffer.from(second.sink.deliveries[0]!.record.value!).toString()).toBe('1');
  });

  it.each([{ partitions: 0 }, { partitions: 1.5 }, { maxRecords: -1 }, { maxRecords: NaN }])(
    'refuses %j',
    (options) => {
      expect(() => new MemoryBroker(options)).toThrow(ConfigurationError);
    },
  );

  it('refuses options of its own beside a shared broker', () => {
    expect(() => memoryTransport({ broker: new MemoryBroker(), partitions: 2 })).toThrow(
      ConfigurationError,
    );
  });
});

describe('a subscription', () => {
  it.each([
    { topics: [] },
    { maxInFlight: 0 },
    { maxInFlightBytes: 0 },
    { start: { after: [{ topic: 't', partition: '0', offset: 'x' }] } },
  ])('is refused with %j', async (wrong) => {
    const transport = await transportOn(new MemoryBroker());
    await expect(read(transport, wrong)).rejects.toThrow(ConfigurationError);
  });

  it('ends with the error when the sink throws, and keeps the records', async () => {
    const transport = await transportOn(new MemoryBroker());
    await publish(transport, '1');
    const failing = new RecordingSink();
    failing.deliver = () => Promise.reject(new Error('broken sink'));
    const wanted = { topics: ['t'], group: 'g', start: 'earliest', maxInFlight: 10 } as const;
    await transport.subscribe(wanted, failing);
    await waitUntil(() => failing.ends.length === 1);
    expect(String(failing.ends[0])).toBe('Error: broken sink');
    const { sink } = await read(transport);
    await waitUntil(() => sink.ids.length === 1);
  });

  it('reads until a time that is still to come', async () => {
    const transport = await transportOn(new MemoryBroker());
    const { sink } = await read(transport, { group: null, until: { time: Date.now() + 60 } });
    await publish(transport, '1');
    await waitUntil(() => sink.ends.length === 1);
    expect(sink.ids).toEqual(['1']);
    expect(sink.ends).toEqual(['until']);
  });

  it('tells its bounded end when another member has settled the rest', async () => {
    const transport = await transportOn(new MemoryBroker());
    await publish(transport, '1', '2');
    const owner = await read(transport, {}, () => undefined);
    const bounded = await read(transport, { until: 'end' });
    await waitUntil(() => owner.sink.ids.length === 2);
    for (const delivery of owner.sink.deliveries) delivery.settle();
    await waitUntil(() => bounded.sink.ends.length === 1);
    expect(bounded.sink.ids).toEqual([]);
  });

  it('tells its owner when the position of the group is moved by hand', async () => {
    const transport = await transportOn(new MemoryBroker());
    await publish(transport, '1', '2');
    const { sink } = await read(transport, {}, () => undefined);
    await waitUntil(() => sink.ids.length === 2);
    await transport.admin!.reset('g', await transport.admin!.resolve('t', 'earliest'));
    await waitUntil(() => sink.ids.length === 4);
    expect(sink.noticesOf('cursorMoved')).toEqual([{ kind: 'cursorMoved', source: 't/0' }]);
    expect(sink.deliveries[0]!.signal.aborted).toBe(true);
    sink.deliveries[0]!.settle();
    expect(await transport.admin!.positions('g', 't')).toEqual([
      { topic: 't', partition: '0', offset: '-1' },
    ]);
  });

  it('leaves room for other work while records are released in a loop', async () => {
    const transport = await transportOn(new MemoryBroker());
    await publish(transport, '1');
    let rounds = 0;
    const { handle } = await read(transport, {}, (delivery) => {
      rounds++;
      delivery.release();
    });
    await pass(30);
    expect(rounds).toBeGreaterThan(2);
    await handle.stop(Date.now() + 1000);
  });
});

function fail(): never {
  throw new Error('not sent');
}
