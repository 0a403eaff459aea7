import { EventBusError } from '../../../lib/errors/index.js';
import { SendBatcher } from '../../../lib/producing/send-batcher.js';
import type { SchemaRegistry } from '../../../lib/transport/kafka/registry/schema-registry.js';
import { KafkaWireFormat } from '../../../lib/transport/kafka/wire/kafka-wire-format.js';
import type { OutgoingRecord, PublishOutcome } from '../../../lib/transport/transport.interface.js';
import { preparedEvent, ScriptedPublisher } from '../../support/scripted-publisher.js';
import { waitUntil } from '../../support/wait-until.js';
import { clientOf, refusalOf, RegistryServer, soon } from './support/registry-server.js';

const TYPE = 'org.openedx.test.thing.happened.v1';
const known: SchemaRegistry = { idOf: (subject) => subject.length, schemaOf: (id) => `"${id}"` };
const wire = new KafkaWireFormat({ registry: known });
const hex = (bytes: Uint8Array | null) => bytes && Buffer.from(bytes).toString('hex');

function keyed(value: unknown, type = 'string') {
  return { ...preparedEvent('body'), key: { value, schema: `{"name": "k", "type": "${type}"}` } };
}
const write = (event: Parameters<KafkaWireFormat['toRecord']>[0]) =>
  wire.toRecord(event, 'dev-t', soon()) as OutgoingRecord;

describe('an event as a Kafka record', () => {
  it('is made at once when the registry’s ids are known', () => {
    const record = write(preparedEvent('body'));
    expect(record.value).toEqual(
      Buffer.concat([
        Buffer.of(0, 0, 0, 0, `dev-t-${TYPE}.CloudEvent`.length),
        Buffer.from('body'),
      ]),
    );
    expect(hex(record.key)).toBe(`000000000c02${Buffer.from('k').toString('hex')}`);
    expect(record).toMatchObject({ topic: 'dev-t', orderKey: 'k' });
  });

  it('has a null key and no order key where no field is its key', () => {
    const record = write(preparedEvent('body', { key: null }));
    expect(record.key).toBeNull();
    expect(record).not.toHaveProperty('orderKey');
  });

  it('has its own attributes behind the ten headers, nulls too', () => {
    const attributes = [['traceparent', Buffer.from('00-1')] as const, ['x', null] as const];
    const record = write({ ...preparedEvent('body'), attributes });
    expect(record.attributes).toHaveLength(12);
    expect(record.attributes.slice(10)).toEqual(attributes);
  });

  it.each<[unknown, string, string]>([
    ['', 'string', '00'],
    ['é', 'string', '04c3a9'],
    ['x'.repeat(64), 'string', `8001${'78'.repeat(64)}`],
    [0, 'long', '00'],
    [-1, 'long', '01'],
    [64, 'long', '8001'],
    [9007199254740991, 'long', 'feffffffffffff1f'],
    [2n ** 63n - 1n, 'long', 'feffffffffffffffff01'],
    [-(2n ** 63n), 'long', 'ffffffffffffffffff01'],
    [true, 'boolean', '01'],
    [false, 'boolean', '00'],
    [1.5, 'double', '000000000000f83f'],
  ])('has the key %p of type %s in Avro', (value, type, body) => {
    const record = write(keyed(value, type));
    expect(hex(record.key)!.slice(10)).toBe(body);
    expect(record.key![4]).toBe(`dev-t-${type}`.length);
  });

  it.each<[unknown, string]>([
    [undefined, 'string'],
    [null, 'string'],
    [5, 'string'],
    ['secret\ud800', 'string'],
    [1.5, 'long'],
    [2 ** 53, 'long'],
    [2n ** 63n, 'long'],
    ['7', 'long'],
    [1, 'boolean'],
    ['1', 'double'],
    ['secret', 'constructor'],
    ['secret', 'bytes'],
  ])('P-05: is refused with the key %p of type %s, which is not shown', (value, type) => {
    expect(() => write(keyed(value, type))).toThrow(
      expect.objectContaining({ code: 'INVALID_DATA', message: expect.stringMatching(/key k/) }),
    );
    expect(() => write(keyed(value, type))).not.toThrow(/secret/);
  });

  it('is refused with a key schema that is none', () => {
    const key = { value: 'x', schema: 'not JSON' };
    expect(() => write({ ...preparedEvent('b'), key })).toThrow(EventBusError);
  });
});

describe('while the registry is asked', () => {
  let server: RegistryServer;
  beforeEach(async () => {
    server = new RegistryServer();
    await server.start();
  });
  afterEach(() => server.stop());
  const fresh = () => new KafkaWireFormat({ registry: clientOf([server]) });

  it('the key’s schema is registered before that of the value', async () => {
    await fresh().toRecord(preparedEvent('body'), 'dev-t', soon());
    expect(server.asked).toEqual([
      'POST /subjects/dev-t-string/versions?normalize=False',
      `POST /subjects/dev-t-${TYPE}.CloudEvent/versions?normalize=False`,
    ]);
  });

  it('a key that is refused keeps the value’s schema out of the registry', async () => {
    server.faults.push({ status: 422, body: { error_code: 42201, message: 'not valid' } });
    const error = await refusalOf(() => fresh().toRecord(preparedEvent('b'), 't', soon()));
    expect(error).toMatchObject({ code: 'SCHEMA_REJECTED', subject: 't-string' });
    expect(server.requests).toHaveLength(1);
  });

  it('the event with a hyphen in its namespace ends in one clear error, without a loop', async () => {
    const type = 'org.openedx.enterprise.subsidy.redemption-reversed.v1';
    const schema = `{"name": "CloudEvent", "type": "record", "fields": [], "namespace": "${type}"}`;
    const event = { ...preparedEvent('b', { key: null }), type, schema };
    const message = 'Failed to discover artifact type from content.';
    server.always = { status: 422, body: { error_code: 42201, message } };
    const format = fresh();
    for (let i = 0; i < 10; i++) {
      const error = await refusalOf(() => format.toRecord(event, 'prod-subsidy', soon()));
      expect(error.code).toBe('SCHEMA_REJECTED');
      expect(error.message).toBe(
        `Schema registry, subject prod-subsidy-${type}.CloudEvent: the schema was rejected ` +
          `(HTTP 422, code 42201: ${message}); the event type contains a hyphen, which Avro namespaces ` +
          'do not allow, so this event cannot be sent over Kafka',
      );
    }
    expect(server.requests).toHaveLength(1);
  });

  it('records of one key keep the order of the sends, later ones of other keys pass', async () => {
    const publisher = new ScriptedPublisher();
    publisher.answerWith = (record) => publisher.sent(record);
    const format = fresh();
    publisher.toRecord = (...event) => format.toRecord(...event);
    await format.toRecord(preparedEvent('warm', { key: 'b' }), 'topic', soon());
    server.always = 'hang';
    const batcher = new SendBatcher({
      parts: publisher.parts,
      maxBufferedRecords: 10,
    });
    const submit = (text: string, key: string, type = TYPE) =>
      new Promise<PublishOutcome>((resolve) =>
        batcher.submit(
          [{ ...preparedEvent(text, { key }), type }],
          ['topic'],
          soon(10_000),
          resolve,
        ),
      );
    const outcomes = [
      submit('1', 'a', 'org.openedx.unknown.v1'),
      submit('2', 'a'),
      submit('3', 'b'),
    ];
    await waitUntil(() => publisher.calls.length === 1);
    expect(publisher.bodies.map((body) => body.slice(5))).toEqual(['3']);
    server.always = undefined;
    await server.stop();
    await server.start();
    expect((await Promise.all(outcomes)).map(({ status }) => status)).toEqual(
      Array(3).fill('sent'),
    );
    expect(publisher.bodies.map((body) => body.slice(5))).toEqual(['3', '1', '2']);
    await batcher.close(soon());
  });
});
