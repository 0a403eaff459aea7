import { codecFor } from '../../../lib/codec/event-codec.js';
import { EventBusError } from '../../../lib/errors/index.js';
import { defineEvent } from '../../../lib/events/event-definition.js';
import * as f from '../../../lib/events/fields.js';
import { BODY, closeAll, DATA, kit, THING } from '../../support/producer-kit.js';

afterEach(closeAll);

const thrower = (): never => {
  // eslint-disable-next-line @typescript-eslint/only-throw-error -- what a caller's getter may do
  throw { not: 'an error' };
};
const hostile = () => new Proxy({}, { get: thrower, ownKeys: thrower, getPrototypeOf: thrower });
const LISTS = defineEvent({
  type: 'org.example.lists.v1',
  data: { names: f.list(f.string()), raw: f.bytes() },
});

async function codeOf(event: unknown, data: unknown, options: unknown): Promise<string> {
  const { producer } = kit();
  const send = producer.send.bind(producer) as (...args: unknown[]) => Promise<unknown>;
  const error: unknown = await send(event, data, options).catch((thrown) => thrown);
  return error instanceof EventBusError ? error.code : `not typed: ${String(error)}`;
}

describe('send rejects with an error of ours', () => {
  const on = { topic: 't' };
  it.each<[string, string, unknown, unknown, unknown]>([
    ['data that throws when read', 'INVALID_DATA', THING, hostile(), on],
    ['the same with writeAs', 'INVALID_DATA', THING, hostile(), { ...on, writeAs: '9.14.0' }],
    ['metadata that throws', 'INVALID_METADATA', THING, DATA, { ...on, metadata: hostile() }],
    ['metadata that is a text', 'INVALID_METADATA', THING, DATA, { ...on, metadata: 'id' }],
    ['options that throw', 'CONFIGURATION', THING, DATA, hostile()],
    ['a topic of half a character', 'CONFIGURATION', THING, DATA, { topic: '\ud800' }],
    ['a key field that is a number', 'CONFIGURATION', THING, DATA, { ...on, keyField: 7 }],
    ['a timeout without a text', 'CONFIGURATION', THING, DATA, { ...on, timeout: hostile() }],
    ['no event', 'CONFIGURATION', null, DATA, on],
    ['a definition that throws', 'CONFIGURATION', hostile(), DATA, on],
  ])('for %s', async (_, code, event, data, options) => {
    expect(await codeOf(event, data, options)).toBe(code);
  });

  it.each([
    [Object.assign([], { 1: 1 })],
    [[1, NaN]],
    [new Array(2 ** 32 - 1)],
    [[new Number(1)]],
    [[]],
  ])('for the sourcelib %#', async (sourcelib) =>
    expect(await codeOf(THING, DATA, { ...on, metadata: { sourcelib } })).toBe('INVALID_METADATA'),
  );
});

it('emit never throws, whatever it is given for an event', () => {
  const { producer } = kit();
  const emit = producer.emit.bind(producer) as (...args: unknown[]) => void;
  expect(() => emit(hostile(), hostile(), hostile())).not.toThrow();
});

describe('what is written', () => {
  const codec = codecFor(LISTS);
  it('of a list is its items by index, whatever its iterator gives', () => {
    class Odd extends Array<string> {
      override *[Symbol.iterator](): ArrayIterator<string> {
        for (;;) yield 'x';
      }
    }
    const names = Odd.of('a', 'b');
    expect(codec.decode(codec.encode({ names, raw: Buffer.of(1) }))).toEqual({
      names: ['a', 'b'],
      raw: Buffer.of(1),
    });
  });

  it('of bytes is all of them, whatever length they tell', () => {
    const raw = Object.defineProperty(Uint8Array.of(1, 2, 3), 'length', { value: 40 });
    expect(codec.decode(codec.encode({ names: [], raw })).raw).toEqual(Buffer.of(1, 2, 3));
  });

  it.each([1e12, -1, NaN, 'x', 2 ** 31])('is nothing for a list that tells the length %p', (n) => {
    const names = new Proxy([] as string[], { get: (_, name) => (name === 'length' ? n : 'x') });
    expect(() => codec.encode({ names, raw: Buffer.of() })).toThrow(/names/);
  });

  it('has no field that hides behind an inherited one', () => {
    const data = Object.assign(Object.create({ names: [] }), { raw: Buffer.of(), extra: 1 });
    expect(() => codec.encode(data)).toThrow(/extra: unknown field/);
  });

  it('has the key of its body, though the data gives another one each time', () => {
    let reads = 0;
    const thing = {
      get name() {
        return `n${reads++}`;
      },
      user: { id: 7 },
    };
    const options = { topic: 't', keyField: 'thing.name' };
    const [prepared] = kit().producer.prepare(THING, { thing }, options);
    expect(prepared!.key!.value).toBe(codecFor(THING).decode(prepared!.body).thing.name);
  });
});

it.each([
  { kind: 'nothing' },
  { kind: 'list' },
  { kind: 'custom', name: 'C', base: 'string' },
  { kind: 'record', name: 'R', fields: null },
  null,
  hostile(),
])('a definition with the field type %# is refused as ConfigurationError', (field) => {
  const define = () => defineEvent({ type: 'a.b', data: { x: field as never } });
  expect(define).toThrow(expect.objectContaining({ code: 'CONFIGURATION' }));
});

it('a definition is a copy: what is done to its parts later changes nothing', () => {
  const inner = f.record('Inner', { n: f.long() }) as any;
  const event = defineEvent({ type: 'a.b', data: { inner } });
  inner.fields = { text: f.string() };
  expect(
    codecFor(event)
      .encode({ inner: { n: 1 } })
      .toString('hex'),
  ).toBe('02');
});

it.each([{ body: Buffer.of(255) }, { key: {} }, { metadata: {} }, { topic: 1 }, { schema: '{' }])(
  'a prepared event that was changed to %j is not published',
  async (changed) => {
    const { producer, publisher } = kit();
    const [prepared] = producer.prepare(THING, DATA, { topic: 't' });
    expect(prepared!.body).toEqual(BODY);
    const error: unknown = await producer
      .publish({ ...prepared!, ...changed } as never)
      .catch((e) => e);
    expect(error).toBeInstanceOf(EventBusError);
    expect(publisher.calls).toEqual([]);
  },
);
