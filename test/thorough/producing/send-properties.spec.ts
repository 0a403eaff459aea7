import fc from 'fast-check';
import { isDeepStrictEqual } from 'node:util';
import { codecFor } from '../../../lib/codec/event-codec.js';
import { keyFieldOf } from '../../../lib/codec/key-field.js';
import { EventBusError } from '../../../lib/errors/index.js';
import { EventCatalog } from '../../../lib/events/event-catalog.js';
import { defineEvent, type EventDefinition } from '../../../lib/events/event-definition.js';
import * as f from '../../../lib/events/fields.js';
import type { PreparedEvent } from '../../../lib/transport/wire-format.interface.js';
import {
  Boxed,
  boxed,
  datetimes,
  dataOf,
  type Meant,
  ownMembers,
  someFields,
  uuids,
} from '../../support/meant-data.js';
import { type Received, WholeBus } from '../../support/whole-bus.js';

/**
 * SEND_PROPERTY_RUNS: how many times as many runs. SEND_PROPERTY_SEED: the seed that fast-check printed
 * when a property failed.
 */
const MORE = Number(process.env['SEND_PROPERTY_RUNS'] ?? 1);
const SEED = process.env['SEND_PROPERTY_SEED'];
const runs = (numRuns: number) => ({
  numRuns: numRuns * MORE,
  ...(SEED && { seed: Number(SEED) }),
});
const TIME_LIMIT_MS = 10_000 * MORE;

const inner = f.record('Inner', {
  id: f.long(),
  name: f.nullable(f.string()),
  constructor: f.withDefault(f.string(), 'c'),
});
const EVERYTHING = defineEvent({
  type: 'org.example.everything.v1',
  data: {
    text: f.string(),
    value: f.record('Value', {
      count: f.long(),
      ratio: f.double(),
      flag: f.boolean(),
      raw: f.bytes(),
      when: f.datetime(),
      uuid: f.uuid(),
      course: f.courseKey(),
      usage: f.usageKey(),
      ccx: f.ccxKey(),
      library: f.libraryKey(),
      block: f.libraryUsageKey(),
      collection: f.libraryCollectionKey(),
      container: f.libraryContainerKey(),
      inner,
      maybe: f.nullable(inner),
      many: f.list(inner),
      grid: f.list(f.list(f.long())),
      table: f.map(f.map(f.bytes())),
      boxes: f.list(boxed('bytes')),
      perhapsBoxed: f.nullable(boxed('double')),
      alwaysBoxed: f.withDefault(boxed('long'), new Boxed(3)),
      perhapsWhen: f.nullable(f.datetime()),
      perhapsUuid: f.nullable(f.uuid()),
      perhapsCourse: f.nullable(f.courseKey()),
      level: f.withDefault(f.long(), 3),
      tags: f.withDefault(f.list(f.string()), ['a']),
      since: f.withDefault(f.datetime(), '2024-02-29T08:09:10+00:00'),
    }),
    sum: boxed('long'),
  },
});
const NAMED = defineEvent({ type: 'org.example.named.v1', data: { name: f.string() } });
const SAMPLE = { name: 'n' };
const EVENTS = [EVERYTHING, NAMED, ...EventCatalog.openEdx().all()].filter((definition) => {
  try {
    return codecFor(definition) !== undefined;
  } catch {
    return false;
  }
});

const TOPIC = 'subject';

interface Sending {
  readonly event: EventDefinition;
  readonly data: Meant<Record<string, unknown>>;
}

const sendingOf = (event: EventDefinition): fc.Arbitrary<Sending> =>
  dataOf(event).map((data) => ({ event, data }));
const sendings: fc.Arbitrary<Sending> = fc.oneof(
  { weight: 1, arbitrary: sendingOf(EVERYTHING) },
  { weight: 3, arbitrary: fc.constantFrom(...EVENTS).chain(sendingOf) },
);

let types = 0;
const ownSendings: fc.Arbitrary<Sending> = someFields().chain((data) =>
  sendingOf(defineEvent({ type: `org.example.own${++types}.v1`, data })),
);

/** Metadata as it may be given, and as it is received. */
const metadata = fc
  .record({
    id: uuids,
    minorversion: fc.maxSafeInteger().map((sent) => ({ sent, received: sent + 0 })),
    source: words(),
    sourcehost: words(),
    time: datetimes('UTC'),
    sourcelib: fc
      .array(fc.nat(), { minLength: 1, maxLength: 5 })
      .map((sent): Meant => ({ sent, received: sent })),
  })
  .map((members): Meant<Record<string, unknown>> => {
    const side = (name: 'sent' | 'received') =>
      Object.fromEntries(Object.entries(members).map(([field, value]) => [field, value[name]]));
    return { sent: side('sent'), received: side('received') };
  });

function words(): fc.Arbitrary<Meant> {
  return fc
    .string({ unit: 'binary', minLength: 1, maxLength: 12 })
    .map((sent) => ({ sent, received: sent }));
}

/** The first field by which the records of an event can be keyed. */
function keyFieldIn(event: EventDefinition): string | undefined {
  const paths = (fields: object, before: string): string[] =>
    Object.entries(fields).flatMap(([name, field]: [string, { fields?: object }]) =>
      field.fields ? paths(field.fields, `${before}${name}.`) : [`${before}${name}`],
    );
  return paths(event.data, '').find((path) => keyFieldOf(event, path).schema !== null);
}

const at = (value: unknown, path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>((inside, step) => (inside as Record<string, unknown>)[step], value);

/** A copy with another value at the path; of what the path leads through too. */
function withAt(value: unknown, path: readonly (string | number)[], other: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return other;
  const member = withAt((value as Record<string, unknown>)[step], rest, other);
  if (Array.isArray(value)) return value.map((item: unknown, i) => (i === step ? member : item));
  return ownMembers(
    Object.entries(value as object).map(([name, old]) => [name, name === step ? member : old]),
  );
}

function placesIn(value: unknown): (string | number)[][] {
  const isPlain =
    typeof value === 'object' &&
    value !== null &&
    [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null);
  if (!isPlain && !Array.isArray(value)) return [[]];
  const steps = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return [
    [],
    ...steps.flatMap((step) =>
      placesIn((value as Record<string, unknown>)[step]).map((path) => [step, ...path]),
    ),
  ];
}

function assertSame(found: unknown, meant: unknown): void {
  if (!isDeepStrictEqual(found, meant)) expect(found).toEqual(meant);
  expect(isDeepStrictEqual(found, meant)).toBe(true);
}

const ANYTHING = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.anything({
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withNullPrototype: true,
      withObjectString: true,
      withSparseArray: true,
      withTypedArray: true,
      withUnicodeString: true,
      maxDepth: 2,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<unknown>('\ud800', 2n ** 63n, new Boxed('x'), Symbol('s'), () => 1),
  },
  // What may well fit.
  {
    weight: 3,
    arbitrary: fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constantFrom(null, undefined)),
  },
);

describe.each(['redis', 'kafka'] as const)('with the records of %s', (wireOf) => {
  let bus: WholeBus;
  beforeAll(async () => void (bus = await WholeBus.open(wireOf, EVENTS)));
  afterAll(() => bus[Symbol.asyncDispose]());

  const send = (...args: unknown[]) =>
    (bus.producer.send as (...args: unknown[]) => Promise<unknown>).apply(bus.producer, args);

  async function sentAsMeant({ event, data }: Sending): Promise<void> {
    const keyField = keyFieldIn(event);
    const { data: found, context } = await bus.receivedAfter(() =>
      send(event, data.sent, { topic: TOPIC, ...(keyField && { keyField }) }),
    );
    assertSame(found, data.received);
    const key = keyField && at(data.received, keyField.split('.'));
    if (wireOf === 'kafka' && typeof key === 'string' && key !== '') expect(context.key).toBe(key);
  }

  it(
    'every event of the catalogue is received as it was meant',
    async () => {
      for (const event of EVENTS)
        await fc.assert(fc.asyncProperty(sendingOf(event), sentAsMeant), runs(1));
    },
    TIME_LIMIT_MS,
  );

  it(
    'data of every type and form is received as it was meant',
    () => fc.assert(fc.asyncProperty(sendings, sentAsMeant), runs(30)),
    TIME_LIMIT_MS,
  );

  it(
    'an event of your own with any fields is received as it was meant',
    () =>
      fc.assert(
        fc.asyncProperty(ownSendings, (sending) => {
          bus.catalog.add(sending.event);
          return sentAsMeant(sending);
        }),
        runs(30),
      ),
    TIME_LIMIT_MS,
  );

  it(
    'metadata in every form is received as it was meant',
    () =>
      fc.assert(
        fc.asyncProperty(sendingOf(EVERYTHING), metadata, async ({ event, data }, given) => {
          const { context } = await bus.receivedAfter(() =>
            send(event, data.sent, { topic: TOPIC, metadata: given.sent }),
          );
          assertSame(context.metadata, { type: event.type, ...(given.received as object) });
        }),
        runs(30),
      ),
    TIME_LIMIT_MS,
  );

  it(
    'data with anything at one place is refused with an error of ours, or the rest is as it was meant',
    async () => {
      let refused = 0;
      let received = 0;
      await fc.assert(
        fc.asyncProperty(sendings, fc.nat(), ANYTHING, async ({ event, data }, place, anything) => {
          const places = placesIn(data.sent);
          const path = places[place % places.length]!;
          const odd = withAt(data.sent, path, anything);
          const wanted = bus.handled.length;
          let first: Received;
          try {
            first = await bus.receivedAfter(() => send(event, odd, { topic: TOPIC }));
          } catch (error) {
            if (!(error instanceof EventBusError)) throw error;
            expect(error.code).toBe('INVALID_DATA');
            expect(bus.handled.length).toBe(wanted);
            refused++;
            return;
          }
          received++;
          assertSame(withAt(first.data, path, 'odd'), withAt(data.received, path, 'odd'));
          const found = path.length > 0 ? at(first.data, path) : undefined;
          if (typeof anything === 'boolean') expect(found).toBe(anything);
          if (typeof anything === 'number' && typeof found === 'number')
            expect(found + 0).toBe(anything + 0);
          // What was received is received again.
          const again = await bus.receivedAfter(() => send(event, first.data, { topic: TOPIC }));
          assertSame(again.data, first.data);
        }),
        runs(100),
      );
      expect([refused > 0, received > 0]).toEqual([true, true]);
    },
    TIME_LIMIT_MS,
  );

  it(
    'metadata with anything in one member is refused with an error of ours, or received as its own canonical form',
    () =>
      fc.assert(
        fc.asyncProperty(
          metadata,
          fc.constantFrom('id', 'minorversion', 'source', 'sourcehost', 'time', 'sourcelib', 'x'),
          ANYTHING,
          async (given, member, anything) => {
            const sent = { ...given.sent, [member]: anything };
            const data = { ...SAMPLE };
            let first: Received;
            try {
              first = await bus.receivedAfter(() =>
                send(NAMED, data, { topic: TOPIC, metadata: sent }),
              );
            } catch (error) {
              if (!(error instanceof EventBusError)) throw error;
              expect(error.code).toBe('INVALID_METADATA');
              return;
            }
            const { metadata: found } = first.context;
            const meant = { type: NAMED.type, ...(given.received as object) };
            assertSame({ ...found, [member]: 'odd' }, { ...meant, [member]: 'odd' });
            const again = await bus.receivedAfter(() =>
              send(NAMED, data, { topic: TOPIC, metadata: found }),
            );
            assertSame(again.context.metadata, found);
          },
        ),
        runs(60),
      ),
    TIME_LIMIT_MS,
  );

  it(
    'what `emit` takes is received as it was meant, and what it refuses is reported once',
    () =>
      fc.assert(
        fc.asyncProperty(
          sendings,
          fc.option(ANYTHING, { freq: 2, nil: undefined }),
          async ({ event, data }, anything) => {
            const odd = anything !== undefined;
            const [name] = Object.keys(data.sent);
            const sent =
              odd && name !== undefined ? withAt(data.sent, [name], anything) : data.sent;
            const emit = bus.producer.emit.bind(bus.producer) as (...args: unknown[]) => void;
            const errors = () => bus.sending.lines.filter(({ level }) => level === 'error').length;
            const before = errors();
            let reported = 0;
            try {
              const { data: found } = await bus.receivedAfter(() => {
                emit(event, sent, { topic: TOPIC });
                reported = errors() - before;
                if (reported > 0) throw new Refused();
              });
              if (!odd) assertSame(found, data.received);
            } catch (error) {
              if (!(error instanceof Refused && odd)) throw error;
              expect(reported).toBe(1);
            }
          },
        ),
        runs(30),
      ),
    TIME_LIMIT_MS,
  );

  it(
    'what is prepared, stored as JSON and published is received as it was meant',
    () =>
      fc.assert(
        fc.asyncProperty(sendings, metadata, async ({ event, data }, given) => {
          const keyField = keyFieldIn(event);
          const { id, time } = given.sent as { id: string; time: Date };
          const [prepared] = bus.producer.prepare(event, data.sent, {
            topic: TOPIC,
            ...(keyField && { keyField }),
            metadata: { id, time },
          });
          const { data: found, context } = await bus.receivedAfter(() =>
            bus.producer.publish(restored(stored(prepared!))),
          );
          assertSame(found, data.received);
          const { id: meantId, time: meantTime } = given.received as Record<string, unknown>;
          expect([context.metadata.id, context.metadata.time]).toEqual([meantId, meantTime]);
        }),
        runs(30),
      ),
    TIME_LIMIT_MS,
  );
});

class Refused extends Error {}

/** As an outbox keeps it: bytes in base64, and integers that JSON does not hold as texts. */
const stored = (prepared: PreparedEvent): string =>
  JSON.stringify(
    { ...prepared, body: Buffer.from(prepared.body).toString('base64') },
    (_, value) => (typeof value === 'bigint' ? { $long: String(value) } : (value as unknown)),
  );

function restored(json: string): PreparedEvent {
  const event = JSON.parse(json, (_, value: { $long?: string } | null) =>
    typeof value?.$long === 'string' ? BigInt(value.$long) : value,
  ) as PreparedEvent & { body: unknown };
  return { ...event, body: Buffer.from(event.body as unknown as string, 'base64') };
}
