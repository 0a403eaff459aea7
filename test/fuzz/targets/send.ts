import { isDeepStrictEqual } from 'node:util';
import type avro from 'avsc';
import { codecFor } from '../../../lib/codec/event-codec.js';
import { EventBusError } from '../../../lib/errors/index.js';
import { EventCatalog } from '../../../lib/events/event-catalog.js';
import { defineEvent, type EventDefinition } from '../../../lib/events/event-definition.js';
import * as f from '../../../lib/events/fields.js';
import { EventPreparer } from '../../../lib/producing/event-preparer.js';
import { ProducerRoutes } from '../../../lib/producing/producer-routes.js';
import { refusalOf, sendOptionsOf, typeNamed } from '../../../lib/producing/publishable.js';
import { KafkaWireFormat } from '../../../lib/transport/kafka/wire/kafka-wire-format.js';
import type { OutgoingRecord } from '../../../lib/transport/transport.interface.js';
import { StreamWireFormat } from '../../../lib/transport/wire/stream-wire-format.js';
import type { PreparedEvent, ReceivedEvent } from '../../../lib/transport/wire-format.interface.js';
import { ownRegistry } from '../../support/own-registry.js';
import { avscOf, plain } from '../../unit/codec/avsc-oracle.js';
import { randomData, randomSource } from '../../unit/codec/random-data.js';
import type { FuzzResult, FuzzTarget } from '../fuzz-target.js';
import { absurdValue } from './absurd-values.js';

const inner = f.record('Inner', {
  id: f.long(),
  name: f.nullable(f.string()),
  constructor: f.withDefault(f.string(), 'c'),
});
const OWN: readonly EventDefinition[] = [
  defineEvent({
    type: 'org.example.everything.v1',
    data: {
      value: f.record('Value', {
        name: f.string(),
        count: f.long(),
        ratio: f.double(),
        flag: f.boolean(),
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
        table: f.map(f.map(f.string())),
        level: f.withDefault(f.long(), 3),
        tags: f.withDefault(f.list(f.string()), ['a']),
      }),
      extra: f.string(),
    },
  }),
];
const catalog = new EventCatalog([...EventCatalog.openEdx().all(), ...OWN]);
const events = catalog.all().filter((definition) => {
  try {
    return codecFor(definition) !== undefined;
  } catch {
    return false;
  }
});
const preparer = new EventPreparer({
  catalog,
  routes: new ProducerRoutes({}),
  serviceName: 'fuzz',
  writesKeys: true,
});

const kafka = new KafkaWireFormat({ registry: ownRegistry() });
const redis = new StreamWireFormat();
const oracles = new Map<string, avro.Type>();

type Below = (bound: number) => number;

interface Input {
  readonly event: EventDefinition;
  readonly data: any;
  readonly options: any;
  /** Whether the data fits and was left as it is, so that just it must be read. */
  readonly untouched: boolean;
}

function inputOf(below: Below): Input {
  const event = below(3) === 0 ? OWN[0]! : events[below(events.length)]!;
  let data = randomData(event, below);
  const untouched = below(3) === 0;
  const options: any = { topic: 't' };
  if (below(2) === 0) options.keyField = keyFieldOf(event, below);
  if (untouched) return { event, data, options, untouched };
  if (below(20) === 0) data = absurdValue(below);
  for (let changes = below(4); changes > 0; changes--) change(data, below);
  if (below(3) === 0) options.metadata = metadataOf(below);
  if (below(8) === 0) options.writeAs = ['8.2.0', '9.14.0', '10.2.0', 'current', '1', 7][below(6)];
  if (below(20) === 0)
    options[['topic', 'keyField', 'metadata', 'writeAs'][below(4)]!] = absurdValue(below);
  return { event, data, options, untouched };
}

/** Any path of names, most of which lead to a field. */
function keyFieldOf(event: EventDefinition, below: Below): string {
  const steps: string[] = [];
  for (let fields: any = event.data; fields;) {
    const names = Object.keys(fields);
    if (names.length === 0) break;
    steps.push(names[below(names.length)]!);
    fields = fields[steps.at(-1)!].fields;
  }
  return steps.join('.');
}

/** Puts something absurd at a random place, as a value, a getter, an inherited or a hidden property. */
function change(data: any, below: Below): void {
  let at = data;
  for (;;) {
    if (typeof at !== 'object' || at === null || ArrayBuffer.isView(at)) return;
    let names: string[];
    try {
      names = Object.keys(at);
    } catch {
      return;
    }
    const name = names[below(names.length)] ?? 'added';
    const member: unknown = Object.getOwnPropertyDescriptor(at, name)?.value;
    if (typeof member === 'object' && member !== null && below(4) > 0) {
      at = member;
      continue;
    }
    put(at, below(8) === 0 ? 'unknown' : name, member, below);
    return;
  }
}

function put(target: any, name: string, old: unknown, below: Below): void {
  const value = absurdValue(below);
  let reads = 0;
  const getter = (get: () => unknown) =>
    Object.defineProperty(target, name, { get, enumerable: true, configurable: true });
  try {
    switch (below(7)) {
      case 0:
        return void getter(() => (reads++ ? value : old));
      case 1:
        return void getter(() => old);
      case 2:
        delete target[name];
        return void Object.setPrototypeOf(target, { [name]: old });
      case 3:
        return void Object.defineProperty(target, name, { value: old, enumerable: false });
      case 4:
        delete target[name];
        return;
      default:
        target[name] = value;
    }
  } catch {
    // A target that lets nothing be done with it stays as it is.
  }
}

function metadataOf(below: Below): unknown {
  const metadata: any = {};
  const good: Record<string, unknown> = {
    id: '6BA7B8109DAD11D180B400C04FD430C8',
    minorversion: below(5),
    source: 'openedx/ü/web',
    sourcehost: '',
    time: new Date(below(2 ** 31) * 1000),
    sourcelib: [11, 2, 0],
  };
  for (const name of Object.keys(good)) if (below(2)) metadata[name] = good[name];
  for (let changes = below(3); changes > 0; changes--) {
    if (below(4) > 0 || 'sourcelib' in metadata)
      put(metadata, Object.keys(good)[below(6)]!, good['source'], below);
    else
      metadata.sourcelib = [
        Object.assign([], { 1: 1 }),
        [-0],
        [1.5],
        ['1'],
        [1e300],
        [1, absurdValue(below)],
      ][below(6)];
  }
  return metadata;
}

/** What happened: the code of an error, or `written`. Throws where it is a fault. */
function outcomeOf({ event, data, options, untouched }: Input): string {
  let prepared: readonly PreparedEvent[];
  try {
    prepared = preparer.prepare(event, data, sendOptionsOf(options)).events;
  } catch (thrown) {
    if (!(thrown instanceof EventBusError))
      throw new Error('an error without a type', { cause: thrown });
    const error = refusalOf(thrown, typeNamed(event));
    if (untouched && error.code !== 'CONFIGURATION')
      throw new Error(`good data was refused: ${error.message}`, { cause: thrown });
    return error.code;
  }
  for (const one of prepared) assertRead(one, event, untouched ? data : undefined);
  return 'written';
}

function assertRead(prepared: PreparedEvent, event: EventDefinition, meant: unknown): void {
  const records = [redis.toRecord(prepared, 't'), kafka.toRecord(prepared, 't', Infinity)];
  for (const record of records as OutgoingRecord[]) {
    const wire = record === records[0] ? redis : kafka;
    const position = { topic: 't', partition: '0', offset: '0' };
    const received = wire.fromRecord(record, position) as ReceivedEvent;
    // An empty text is none on Redis, as for the reference: the reader takes its own default.
    const { source, sourcehost } = wire === redis ? received.metadata : prepared.metadata;
    const wanted = {
      ...prepared.metadata,
      source: prepared.metadata.source || source,
      sourcehost: prepared.metadata.sourcehost || sourcehost,
    };
    equal('metadata', received.metadata, wanted);
    equal('body', Buffer.from(received.body), Buffer.from(prepared.body));
  }
  const codec = codecFor(event);
  const read = codec.decode(prepared.body, prepared.schema);
  if (meant !== undefined) equal('data', read, meant);
  if (prepared.schema !== codec.schema) return;
  equal('bytes of what was read', codec.encode(read), Buffer.from(prepared.body));
  let oracle = oracles.get(event.type);
  if (!oracle) oracles.set(event.type, (oracle = avscOf(codec.schema)));
  const other = plain(oracle.fromBuffer(Buffer.from(prepared.body)));
  if (!JSON.stringify(read, withoutBigInts).includes('"__proto__"'))
    equal('what avsc reads', other, emptiedTexts(read, other));
}

const withoutBigInts = (_: string, value: unknown): unknown =>
  typeof value === 'bigint' ? String(value) : value;

/** An empty text of an optional date, UUID or key is read as null by us, as by the reference. */
const emptiedTexts = (ours: any, other: any): any => {
  if (ours === null && other === '') return '';
  if (Array.isArray(ours)) return ours.map((item, i) => emptiedTexts(item, other?.[i]));
  if (typeof ours !== 'object' || ours === null || ArrayBuffer.isView(ours)) return ours;
  return Object.fromEntries(
    Object.entries(ours).map(([name, member]) => [name, emptiedTexts(member, other?.[name])]),
  );
};

function equal(what: string, found: unknown, wanted: unknown): void {
  if (!isDeepStrictEqual(found, wanted)) throw new Error(`${what} came back changed`);
}

/** Data, metadata and options of every kind, through `prepare` and both wire formats, and back. */
export const target: FuzzTarget = {
  name: 'send',
  count: 200_000,
  run(count, seed): Promise<FuzzResult> {
    const outcomes: Record<string, number> = {};
    const faults: string[] = [];
    let worstMs = 0;
    for (let i = 0; i < count; i++) {
      const input = inputOf(randomSource(seed + i * 7_919));
      const began = performance.now();
      let outcome: string;
      try {
        outcome = outcomeOf(input);
      } catch (error) {
        outcome = 'fault';
        const cause = (error as Error).cause;
        const more = cause instanceof Error ? ` (${cause.stack?.slice(0, 300)})` : '';
        faults.push(`seed ${seed}, input ${i}: ${(error as Error).message}${more}`);
      }
      worstMs = Math.max(worstMs, performance.now() - began);
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    }
    return Promise.resolve({ inputs: count, outcomes, faults, worstMs });
  },
};
