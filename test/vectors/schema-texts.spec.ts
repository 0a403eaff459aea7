import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { schemaTextOf } from '../../lib/codec/avro/avro-schema.js';
import { codecFor } from '../../lib/codec/event-codec.js';
import { EventCatalog } from '../../lib/events/event-catalog.js';

interface CatalogEvent {
  event_type: string;
  schema_sha256: string | null;
}
const { events } = JSON.parse(
  readFileSync(new URL('../../tools/catalog/catalog.json', import.meta.url), 'utf8'),
) as { events: CatalogEvent[] };

const catalog = EventCatalog.openEdx();
const hashed = events.filter(({ schema_sha256 }) => schema_sha256 !== null);

describe('schema texts of the catalogue', () => {
  it('are those of 73 events; two more have none', () => {
    expect(hashed).toHaveLength(73);
    expect(events).toHaveLength(75);
  });

  it.each(
    hashed.map(({ event_type, schema_sha256 }): [string, string | null] => [
      event_type,
      schema_sha256,
    ]),
  )('%s has the text of the reference', (type, sha256) => {
    const text = schemaTextOf(catalog.require(type));
    expect(createHash('sha256').update(text).digest('hex')).toBe(sha256);
  });

  it.each(
    events
      .filter(({ schema_sha256 }) => schema_sha256 === null)
      .map(({ event_type }) => event_type),
  )('%s is refused with the field that has no Avro type', (type) => {
    const refusal = expect.objectContaining({
      code: 'UNSERIALIZABLE_EVENT',
      eventType: type,
      message: expect.stringContaining('typing.BinaryIO'),
    });
    expect(() => schemaTextOf(catalog.require(type))).toThrow(refusal);
    expect(() => codecFor(catalog.require(type))).toThrow(refusal);
  });
});
