import { codecFor } from '../../../lib/codec/event-codec.js';
import type { OpenEdxEventContext } from '../../../lib/consuming/handlers/event-context.js';
import { HaltedError, UnsupportedSchemaError } from '../../../lib/errors/index.js';
import { EventCatalog } from '../../../lib/events/event-catalog.js';
import { contentAuthoring } from '../../../lib/events/catalog/index.js';
import type { EventBusSettings } from '../../../lib/settings/event-bus-settings.js';
import type { IncomingRecord } from '../../../lib/transport/transport.interface.js';
import { StreamWireFormat } from '../../../lib/transport/wire/stream-wire-format.js';
import { ConsumingBus, preparedEvent } from '../../support/consuming-bus.js';
import { ScriptedTransport } from '../../support/scripted-transport.js';
import { waitUntil } from '../../support/wait-until.js';

const EVENT = contentAuthoring.XBLOCK_DELETED;
const KEY = 'block-v1:edX+DemoX+2024+type@html+block@secret';
const codec = codecFor(EVENT);
const wire = new StreamWireFormat();
const today = (version: string | null) =>
  codec.encode({
    xblock_info: {
      usage_key: KEY,
      block_type: 'html',
      version: version && `block-v1:a+b+c+type@html+block@${version}`,
    },
  });
const BEFORE_8_3 = today(null).subarray(0, -1);
const GARBAGE = Buffer.from('ff', 'hex');

function xblock(n: number, body: Buffer, sourcelib: readonly number[] | null): IncomingRecord {
  const { metadata, ...rest } = preparedEvent(n);
  const event = {
    ...rest,
    type: EVENT.type,
    metadata: { ...metadata, type: EVENT.type, sourcelib: sourcelib ?? [1] },
    body,
  };
  const { topic, key, attributes } = wire.toRecord(event, 'subject');
  const given = attributes.filter(([name]) => sourcelib !== null || name !== 'sourcelib');
  return { topic, key, attributes: given, value: body };
}

async function consume(records: IncomingRecord[], settings: Partial<EventBusSettings> = {}) {
  const transport = new ScriptedTransport();
  const bus = new ConsumingBus(transport, settings, { catalog: EventCatalog.openEdx() });
  const handled: { data: any; context: OpenEdxEventContext }[] = [];
  bus.handle((data, context) => handled.push({ data, context }), { pattern: EVENT.type });
  await bus.runtime.start();
  const deliver = async (more: IncomingRecord[], until: () => boolean) => {
    await transport.last.deliver('s', more);
    await waitUntil(until);
  };
  await deliver(records, () => bus.ends.length === records.length || bus.fatal.length > 0);
  const state = () => bus.status.snapshot().state;
  return { transport, bus, handled, deliver, state };
}

const version = ({ data }: { data: any }) =>
  data.xblock_info.version && data.xblock_info.version.split('@').at(-1);

describe('R-05: the layout of a record', () => {
  it('is that of its sourcelib; the handler is told the release', async () => {
    const { bus, handled, state } = await consume([
      xblock(1, BEFORE_8_3, [8, 2, 0]),
      xblock(2, today('v2'), [8, 3, 0]),
      xblock(3, today('v3'), [11, 2, 0]),
    ]);
    expect(handled.map(version)).toEqual([null, 'v2', 'v3']);
    expect(handled.map(({ context }) => context.writerRelease)).toEqual(['4.1.0', null, null]);
    expect(handled.flatMap(({ context }) => context.warnings)).toEqual([]);
    expect(bus.counts).toMatchObject({ handled: 3, warnings: 0, unusable: 0 });
    expect(state()).toBe('running');
    await bus.drain();
  });

  it('that is known and not kept to: read as of today with a warning, else unusable', async () => {
    const { bus, handled, transport } = await consume([
      xblock(1, BEFORE_8_3, [8, 3, 0]),
      xblock(2, today('v'), [8, 2, 0]),
    ]);
    expect(bus.ends.map(({ result }) => result)).toEqual(['unusable', 'handled']);
    expect((bus.ends[0]!.error as any).code).toBe('UNUSABLE_RECORD');
    expect(handled.map(version)).toEqual(['v']);
    expect(handled[0]!.context.warnings).toEqual([expect.stringContaining('openedx-events 8.2.0')]);
    expect(transport.last.fates()).toEqual(['settled', 'settled']);
    await bus.drain();
  });

  it('older than all that we know is tried as the current one, with a warning', async () => {
    const { bus, handled } = await consume([
      xblock(1, today('v'), [3, 0, 0]),
      xblock(2, BEFORE_8_3, [3, 0, 0]),
    ]);
    expect(handled.map(version)).toEqual(['v']);
    expect(handled[0]!.context.warnings).toEqual([expect.stringContaining('openedx-events 3.0.0')]);
    expect(bus.ends.map(({ result }) => result)).toEqual(['handled', 'unusable']);
    await bus.drain();
  });
});

describe.each([
  ['newer', [11, 3, 0]],
  ['missing', null],
])('R-05: a record whose sourcelib is %s', (kind, sourcelib) => {
  const ours = kind === 'missing' ? 1 : 0;

  it('and which today’s layout reads to the last byte is delivered', async () => {
    const { bus, handled, state } = await consume([xblock(1, today('v'), sourcelib)]);
    expect(handled.map(version)).toEqual(['v']);
    expect(handled[0]!.context.warnings).toHaveLength(ours);
    expect(state()).toBe('running');
    await bus.drain();
  });

  it('with bytes left is delivered with a warning; the status is degraded until the next whole one', async () => {
    const longer = Buffer.concat([today('v'), Buffer.from([2, 6, 97, 98, 99])]);
    const { bus, handled, deliver, state } = await consume([
      xblock(1, longer, sourcelib),
      xblock(2, Buffer.concat([longer, longer]), sourcelib),
    ]);
    expect(handled.map(version)).toEqual(['v', 'v']);
    for (const { context } of handled)
      expect(context.warnings.at(-1)).toMatch(
        /^bytes after the end of the event were ignored: the record /,
      );
    expect(bus.counts).toMatchObject({ handled: 2, warnings: 2 + 2 * ours, unusable: 0 });
    expect(bus.lines.filter((line) => line.includes('event were ignored'))).toHaveLength(1);
    expect(state()).toBe('degraded');
    const { error } = bus.status.snapshot();
    expect(error).toBeInstanceOf(UnsupportedSchemaError);
    expect(error?.message).toMatch(
      /bytes after the end of the event were ignored, and the event was delivered to its handlers\./,
    );
    await deliver([xblock(3, today('v'), [11, 2, 0])], () => bus.ends.length === 3);
    expect(state()).toBe('running');
    await bus.drain();
  });

  it.each([
    ['cut', BEFORE_8_3],
    ['garbage', GARBAGE],
  ])('and whose body does not fit (%s) halts the consumer and stays unsettled', async (_, body) => {
    const { bus, handled, transport, state } = await consume([
      xblock(1, today('v'), [11, 2, 0]),
      xblock(2, body, sourcelib),
      xblock(3, today('v'), [11, 2, 0]),
    ]);
    await waitUntil(() => transport.last.fates()[2] === 'released');
    expect(handled).toHaveLength(1);
    expect(transport.last.fates()).toEqual(['settled', 'in hand', 'released']);
    expect(state()).toBe('failed');
    expect(bus.fatal[0]).toBeInstanceOf(HaltedError);
    expect(bus.fatal[0]!.cause).toMatchObject({
      code: 'UNSUPPORTED_SCHEMA',
      topic: 'subject',
      group: 'g',
      eventType: EVENT.type,
      eventId: '00000000-0000-1000-8000-000000000002',
    });
    expect(bus.lines.join('\n')).not.toContain('secret');
    await bus.drain();
  });

  it('and whose body does not fit is unusable where `refuse` is set', async () => {
    const { bus, handled, transport } = await consume(
      [xblock(1, BEFORE_8_3, sourcelib), xblock(2, today('v'), sourcelib)],
      { onUnsupportedSchema: 'reject' },
    );
    expect(handled.map(version)).toEqual(['v']);
    expect(transport.last.fates()).toEqual(['settled', 'settled']);
    expect(bus.ends[0]).toMatchObject({
      result: 'unusable',
      error: { code: 'UNSUPPORTED_SCHEMA' },
    });
    expect(bus.counts).toMatchObject({ unusable: 1, failed: 1, handled: 1 });
    await bus.drain();
  });
});

it('R-05: each attempt reads its own copy in the layout of the record', async () => {
  const transport = new ScriptedTransport();
  const bus = new ConsumingBus(transport, {}, { catalog: EventCatalog.openEdx() });
  const seen: unknown[] = [];
  bus.handle(
    (data: any) => {
      seen.push({ ...data.xblock_info });
      data.xblock_info.version = 'spoilt';
      if (seen.length < 3) throw new Error('again');
    },
    { pattern: EVENT.type },
  );
  await bus.runtime.start();
  await transport.last.deliver('s', [xblock(1, BEFORE_8_3, [8, 2, 0])]);
  await waitUntil(() => bus.ends.length === 1);
  expect(seen).toEqual(Array(3).fill({ usage_key: KEY, block_type: 'html', version: null }));
  await bus.drain();
});
