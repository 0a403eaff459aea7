import { codecFor } from '../../lib/codec/event-codec.js';
import { keyFieldOf } from '../../lib/codec/key-field.js';
import { asPythonReceivesIt } from './python-falsy-values.js';
import { definitionFor } from './vector-definitions.js';
import { type EventVector, eventVectors, type Sample, untagged } from './vector-files.js';

const samples = eventVectors.flatMap((event) =>
  event.samples.map((sample): [string, EventVector, Sample] => [
    `${event.event_type} ${sample.name}`,
    event,
    sample,
  ]),
);
const codecOf = (event: EventVector) => codecFor(definitionFor(event));

describe('recorded samples of the reference', () => {
  it('are all there', () => {
    expect(eventVectors).toHaveLength(47);
    expect(samples).toHaveLength(188);
  });

  it.each(samples)('%s: what was sent gives the same bytes', (_, event, { input, body_hex }) => {
    expect(codecOf(event).encode(untagged(input)).toString('hex')).toBe(body_hex);
  });

  it.each(samples)('%s: what is on the wire gives the same bytes', (_, event, sample) => {
    const bytes = codecOf(event).encode(untagged(sample.avro_record));
    expect(bytes.toString('hex')).toBe(sample.body_hex);
  });

  it.each(samples)('%s: the bytes give what is on the wire', (_, event, sample) => {
    const body = Buffer.from(sample.body_hex, 'hex');
    expect(codecOf(event).decode(body)).toStrictEqual(untagged(sample.avro_record));
  });

  it.each(samples)('%s: the reference differs only by its falsy values', (_, event, sample) => {
    expect(asPythonReceivesIt(event.init_data, sample.avro_record)).toStrictEqual(sample.decoded);
  });

  const keyed = samples.filter(([, , { kafka }]) => kafka.error === undefined);

  it.each(keyed)('%s: the key has the same bytes', (_, event, { input, kafka }) => {
    const definition = definitionFor(event);
    const key = keyFieldOf(definition, event.key_registration.key_field);
    const bytes = key.encodeKey!(key.read(untagged(input)));
    expect(bytes.toString('hex')).toBe(kafka.key_body_hex);
  });

  it('lack a key only where a registry refuses the hyphen in the event type', () => {
    const others = samples.filter((sample) => !keyed.includes(sample));
    expect(new Set(others.map(([, event]) => event.event_type))).toEqual(
      new Set(['org.openedx.enterprise.subsidy.redemption-reversed.v1']),
    );
  });
});

describe('recorded schemas of the reference', () => {
  it.each(eventVectors.map((event): [string, EventVector] => [event.event_type, event]))(
    '%s: the same texts for value and key',
    (_, event) => {
      const definition = definitionFor(event);
      expect(codecFor(definition).schema).toBe(event.schema);
      const key = keyFieldOf(definition, event.key_registration.key_field);
      expect(key.schema).toBe(event.key_registration.schema_sent);
    },
  );

  it.each(samples)('%s: is read with the text that the registry returns', (_, event, sample) => {
    const body = Buffer.from(sample.body_hex, 'hex');
    const { schema_by_id } = event.value_registration;
    expect(schema_by_id).not.toBe(event.schema);
    expect(codecOf(event).decode(body, schema_by_id)).toStrictEqual(untagged(sample.avro_record));
  });
});
