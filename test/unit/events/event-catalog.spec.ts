import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { ConfigurationError, UnknownEventError } from '../../../lib/errors/index.js';
import { CERTIFICATE_CREATED, contentAuthoring } from '../../../lib/events/catalog/index.js';
import {
  OPEN_EDX_EVENTS,
  OPENEDX_EVENTS_RELEASE,
  OPENEDX_EVENTS_SOURCELIB,
} from '../../../lib/events/catalog/open-edx-events.js';
import { EventCatalog } from '../../../lib/events/event-catalog.js';
import { defineEvent } from '../../../lib/events/event-definition.js';
import type { OptionalField, RecordType } from '../../../lib/events/field-type.js';
import { string } from '../../../lib/events/fields.js';
import { PLATFORM_TOPICS } from '../../../lib/events/platform-topics.js';

const json = JSON.parse(readFileSync('tools/catalog/catalog.json', 'utf8'));
const recordAt = (definition: { data: object }, name: string) =>
  (definition.data as Record<string, RecordType<unknown>>)[name]!;

describe('the generated catalogue', () => {
  it('is exactly what the generator makes of catalog.json', async () => {
    const check = promisify(execFile)(process.execPath, ['tools/catalog/generate.mjs', '--check']);
    await expect(check).resolves.toMatchObject({ stderr: '' });
  });

  it('has every event of the release, in order, with its arguments in wire order', () => {
    expect(OPEN_EDX_EVENTS).toHaveLength(75);
    expect(OPEN_EDX_EVENTS.map((e) => [e.type, e.minorVersion, Object.keys(e.data)])).toEqual(
      json.events.map((e: any) => [e.event_type, e.minor_version, Object.keys(e.init_data)]),
    );
  });

  it('names its release', () => {
    expect(OPENEDX_EVENTS_RELEASE).toBe(json.version);
    expect(OPENEDX_EVENTS_SOURCELIB.join('.')).toBe(json.version);
  });

  it('marks the two events that have no Avro schema', () => {
    const unsupported = OPEN_EDX_EVENTS.filter((e) =>
      JSON.stringify(e).includes('"kind":"unsupported","pythonType":"typing.BinaryIO"'),
    );
    expect(unsupported.map((e) => e.type)).toEqual(
      json.events.filter((e: any) => e.schema_sha256 === null).map((e: any) => e.event_type),
    );
    expect(unsupported).toHaveLength(2);
  });

  it('writes {} where the reference defaults to the Python class dict', () => {
    const { configuration } = EventCatalog.openEdx().require(
      'org.openedx.learning.discussions.configuration.changed.v1',
    ).data as Record<string, RecordType<unknown>>;
    const field = configuration!.fields.plugin_configuration as OptionalField<unknown>;
    expect(field).toMatchObject({ kind: 'optional', of: { kind: 'map' }, default: {} });
  });

  it('keeps the two records named CourseData apart', () => {
    const learning = recordAt(CERTIFICATE_CREATED, 'certificate').fields
      .course as RecordType<unknown>;
    const authoring = recordAt(contentAuthoring.COURSE_CREATED, 'course');
    expect([learning.name, authoring.name]).toEqual(['CourseData', 'CourseData']);
    expect(Object.keys(learning.fields)).not.toEqual(Object.keys(authoring.fields));
  });
});

describe('EventCatalog', () => {
  const MINE = defineEvent({ type: 'org.example.thing.done.v1', data: { name: string() } });

  it('finds events by type', () => {
    const catalog = EventCatalog.openEdx();
    expect(catalog.get(CERTIFICATE_CREATED.type)).toBe(CERTIFICATE_CREATED);
    expect(catalog.require(CERTIFICATE_CREATED.type)).toBe(CERTIFICATE_CREATED);
    expect(catalog.all()).toEqual(OPEN_EDX_EVENTS);
  });

  it('throws for a type that it does not know, naming it', () => {
    const require = () => EventCatalog.openEdx().require('org.example.thing.done.v1');
    expect(require).toThrow(UnknownEventError);
    expect(require).toThrow(/org\.example\.thing\.done\.v1/);
    expect(EventCatalog.openEdx().get('constructor')).toBeUndefined();
  });

  it('takes the same definition again, and no second definition of a type', () => {
    const catalog = EventCatalog.openEdx();
    catalog.add(MINE);
    catalog.add(MINE);
    expect(catalog.all()).toHaveLength(76);
    const other = defineEvent({ type: CERTIFICATE_CREATED.type, data: { name: string() } });
    expect(() => catalog.add(other)).toThrow(ConfigurationError);
    expect(() => catalog.add(other)).toThrow(/org\.openedx\.learning\.certificate\.created\.v1/);
    expect(catalog.get(CERTIFICATE_CREATED.type)).toBe(CERTIFICATE_CREATED);
  });

  it('is apart from every other catalogue', () => {
    const first = EventCatalog.openEdx();
    first.add(MINE);
    expect(EventCatalog.openEdx().get(MINE.type)).toBeUndefined();
  });
});

describe('the topics of the platform', () => {
  it('name events of the catalogue and key fields that these have', () => {
    const catalog = EventCatalog.openEdx();
    const routes = Object.entries(PLATFORM_TOPICS).flatMap(([type, topics]) =>
      Object.values(topics).map((topic) => ({ type, ...topic })),
    );
    expect(routes).toHaveLength(28);
    for (const { type, event_key_field, enabled } of routes) {
      let fields: any = catalog.require(type).data;
      for (const name of event_key_field.split('.')) {
        expect(Object.keys(fields)).toContain(name);
        fields = fields[name].of?.fields ?? fields[name].fields;
      }
      expect(enabled).toBe(true);
    }
  });
});
