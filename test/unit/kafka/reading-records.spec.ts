import { ClosedError, ServiceUnavailableError } from '../../../lib/errors/index.js';
import type { SchemaRegistry } from '../../../lib/transport/kafka/registry/schema-registry.js';
import { KafkaWireFormat } from '../../../lib/transport/kafka/wire/kafka-wire-format.js';
import type { IncomingRecord } from '../../../lib/transport/transport.interface.js';
import type { ReceivedEvent } from '../../../lib/transport/wire-format.interface.js';
import { inFetch } from './support/record-in-fetch.js';
import { refusalOf } from './support/registry-server.js';

const TYPE = 'org.openedx.test.thing.happened.v1';
const known: SchemaRegistry = { idOf: () => 1, schemaOf: (id) => `"${id}"` };
const wire = new KafkaWireFormat({ registry: known, serviceName: 'arena' });

const HEADERS: readonly [string, string][] = [
  ['ce_specversion', '1.0'],
  ['ce_type', TYPE],
  ['ce_id', '3f2a9d5e-0c4b-11ef-9a3c-0242ac120002'],
  ['ce_source', 'openedx/lms/web'],
  ['ce_time', '2024-05-07T08:09:10.123456+00:00'],
  ['ce_minorversion', '0'],
  ['sourcehost', 'lms.example.org'],
  ['sourcelib', '11.2.0'],
];

function record(
  changes: Record<string, string | Uint8Array | null | undefined> = {},
  body: Uint8Array | null = Buffer.of(0, 0, 0, 0, 9, 1, 2),
): IncomingRecord {
  const attributes = HEADERS.flatMap(([name, value]) => {
    const changed = name in changes ? changes[name] : value;
    if (changed === undefined) return [];
    return [[name, changed === null ? null : Buffer.from(changed as string)] as const];
  });
  return { topic: 'dev-t', key: null, value: body, attributes };
}
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe.each([
  ['as any client has it', (given: IncomingRecord) => given],
  ['where it lies in a fetch', inFetch],
])('a Kafka record as an event, %s', (_, form) => {
  const read = (given: IncomingRecord) => wire.fromRecord(form(given)) as ReceivedEvent;
  const receive = (...args: Parameters<typeof record>) => read(record(...args));

  it('has the writer’s schema of its id, at once when it is known', () => {
    expect(receive()).toMatchObject({ type: TYPE, schemaId: 9, writerSchema: '"9"', warnings: [] });
    expect(hexOf(receive().body)).toBe('0102');
  });

  it('reads a value where it lies in a larger buffer', () => {
    const fetched = Uint8Array.from([7, 7, 7, 0, 255, 255, 255, 255, 5, 7]);
    const received = receive({}, fetched.subarray(3, 9));
    expect(received.schemaId).toBe(2 ** 32 - 1);
    expect(hexOf(received.body)).toBe('05');
  });

  it.each<[string, Uint8Array | null, RegExp]>([
    ['a tombstone', null, /value is null \(a tombstone\)/],
    ['empty', new Uint8Array(), /value is empty/],
    ['of a cut off frame', Buffer.of(0, 0, 0, 1), /truncated: 4 of 5 bytes/],
    ['JSON', Buffer.from('{}'), /not in Confluent wire format/],
    ['framed with a GUID', Buffer.of(1, ...Array<number>(20).fill(3)), /by a GUID/],
  ])('B-05: is unusable when its value is %s, and is named', (_, body, reason) => {
    expect(() => receive({}, body)).toThrow(
      expect.objectContaining({
        code: 'UNUSABLE_RECORD',
        message: expect.stringMatching(reason),
        topic: 'dev-t',
        eventType: TYPE,
        eventId: HEADERS[2]![1],
      }),
    );
  });

  it('B-05: is unusable as a tombstone also without headers', () => {
    const tombstone = { topic: 't', key: null, value: null, attributes: [] };
    expect(() => read(tombstone)).toThrow(/tombstone/);
  });

  it.each(['ce_type', 'ce_id'])('B-06: is unusable without %s', (name) => {
    expect(() => receive({ [name]: undefined })).toThrow(`header ${name} is missing`);
    expect(() => receive({ [name]: '' })).toThrow(/is (empty|not valid)/);
  });

  it.each(HEADERS.slice(1))(
    'B-06: is unusable with %s repeated, null or not UTF-8',
    (name, value) => {
      const good = record();
      const twice = {
        ...good,
        attributes: [...good.attributes, [name, Buffer.from(value)] as const],
      };
      expect(() => read(twice)).toThrow(`header ${name} is repeated`);
      expect(() => receive({ [name]: null })).toThrow(`header ${name} is null`);
      expect(() => receive({ [name]: Buffer.of(0x31, 0xff) })).toThrow(
        `header ${name} is not UTF-8`,
      );
    },
  );

  it.each(HEADERS.slice(3))('B-06: takes the default for %s and warns', (name) => {
    const { metadata, warnings } = receive({ [name]: undefined });
    expect(warnings).toEqual([`header ${name} is missing; using the default`]);
    if (name === 'ce_source') expect(metadata.source).toBe('openedx/arena/web');
    if (name === 'ce_minorversion') expect(metadata.minorversion).toBe(0);
  });

  it('B-06: a header that looks like JSON or a list is plain text', () => {
    const { metadata } = receive({ ce_source: '{"a": 1}', sourcehost: '["x"]' });
    expect(metadata).toMatchObject({ source: '{"a": 1}', sourcehost: '["x"]' });
  });

  it('B-06: the rest of the headers does not matter', () => {
    const good = record();
    const odd = [
      ['ce_specversion', null],
      ['content-type', Buffer.of(0xff)],
      ['traceparent', Buffer.from('x')],
      ['CE_TYPE', null],
      ['__proto__', null],
    ] as const;
    const received = read({ ...good, attributes: [...odd, ...good.attributes] });
    expect(received).toMatchObject({ type: TYPE, warnings: [] });
  });

  it('keeps its own metadata when records of other sources come between', () => {
    const sources = ['a', 'b', 'a', 'a', '', 'b'];
    const received = sources.map((source, i) =>
      receive({ ce_source: source, sourcelib: `1.${i}`, ce_minorversion: String(i) }),
    );
    expect(received.map(({ metadata }) => metadata.source)).toEqual(sources);
    expect(received.map(({ metadata }) => metadata.sourcelib[1])).toEqual([0, 1, 2, 3, 4, 5]);
    expect(received.map(({ metadata }) => metadata.minorversion)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('does not follow bytes that are written over later', () => {
    const source = Buffer.from('first/one');
    const good = record({ ce_source: undefined });
    const withSource = {
      ...good,
      attributes: [...good.attributes, ['ce_source', source] as const],
    };
    expect(read(withSource)).toMatchObject({ metadata: { source: 'first/one' } });
    source.write('other/one');
    expect(read(withSource)).toMatchObject({ metadata: { source: 'other/one' } });
  });

  it('is not known yet while the registry cannot be asked', async () => {
    const fault = new ServiceUnavailableError('Schema registry', 'away');
    const registry = { ...known, schemaOf: () => Promise.reject(fault) };
    const reading = new KafkaWireFormat({ registry }).fromRecord(form(record()));
    expect(await refusalOf(() => reading)).toBe(fault);
  });

  it('is not known yet either when the client was closed meanwhile', async () => {
    const closed = new ClosedError('The schema registry client');
    const registry = { ...known, schemaOf: () => Promise.reject(closed) };
    const reading = new KafkaWireFormat({ registry }).fromRecord(form(record()));
    expect(await refusalOf(() => reading)).toBeInstanceOf(ServiceUnavailableError);
  });

  it('that nobody wants does not make us ask the registry (B-07)', () => {
    const registry = { ...known, schemaOf: () => Promise.reject(new Error('was asked')) };
    const asked: string[] = [];
    const isWanted = (type: string): boolean => asked.push(type) === 0;
    const reading = new KafkaWireFormat({ registry }).fromRecord(
      form(record()),
      undefined,
      isWanted,
    );
    expect(reading).toMatchObject({ type: TYPE, schemaId: 9 });
    expect(reading).not.toHaveProperty('writerSchema');
    expect(asked).toEqual([TYPE]);
  });
});
