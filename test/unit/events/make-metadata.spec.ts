import { InvalidMetadataError } from '../../../lib/errors/index.js';
import { SESSION_LOGIN_COMPLETED } from '../../../lib/events/catalog/index.js';
import { defineEvent } from '../../../lib/events/event-definition.js';
import type { EventMetadataInput } from '../../../lib/events/event-metadata.js';
import { makeMetadata } from '../../../lib/events/make-metadata.js';

const defaults = { serviceName: 'lms', hostname: 'lms-1' };
const make = (input?: EventMetadataInput) => makeMetadata(SESSION_LOGIN_COMPLETED, input, defaults);

describe('metadata by default', () => {
  it('is that of the reference', () => {
    expect(make()).toEqual({
      type: 'org.openedx.learning.auth.session.login.completed.v1',
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/),
      minorversion: 0,
      source: 'openedx/lms/web',
      sourcehost: 'lms-1',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?\+00:00$/),
      sourcelib: [11, 2, 0],
    });
  });

  it('stands in for null and undefined', () => {
    const input = { minorversion: null, source: null, sourcehost: undefined, sourcelib: null };
    expect(make({ ...input, id: null, time: undefined })).toEqual({
      ...make(),
      id: expect.any(String),
      time: expect.any(String),
    });
  });

  it.each([undefined, ''])('says SERVICE_NAME_UNSET for the service name %p', (serviceName) => {
    const { source } = makeMetadata(SESSION_LOGIN_COMPLETED, {}, { serviceName, hostname: 'h' });
    expect(source).toBe('openedx/SERVICE_NAME_UNSET/web');
  });

  it('has the minor version of the definition, and another id each time', () => {
    const event = defineEvent({ type: 'org.example.done.v1', minorVersion: 3, data: {} });
    expect(makeMetadata(event, undefined, defaults).minorversion).toBe(3);
    expect(make().id).not.toBe(make().id);
  });
});

describe('metadata given', () => {
  it.each([
    ['id', 'DFDE09D9FEBF5FA784CFE75D96BC759F', 'dfde09d9-febf-5fa7-84cf-e75d96bc759f'],
    ['id', '00000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-000000000000'],
    ['time', '2024-05-07T08:09:10Z', '2024-05-07T08:09:10+00:00'],
    ['time', '2024-05-07T08:09:10.000001+00:00', '2024-05-07T08:09:10.000001+00:00'],
    ['time', new Date(1), '1970-01-01T00:00:00.001000+00:00'],
    ['minorversion', 7, 7],
    ['source', '', ''],
    ['source', 'openedx/ü😀/web', 'openedx/ü😀/web'],
    ['sourcehost', 'a host', 'a host'],
    ['sourcelib', [1, 2, 3, 4], [1, 2, 3, 4]],
    ['sourcelib', [9], [9]],
  ])('%s %p is written as %p', (field, value, written) => {
    expect(make({ [field]: value })).toMatchObject({ [field]: written });
  });

  it.each([
    ['id', 'not-a-uuid'],
    ['id', 5],
    ['time', '2024-05-07T08:09:10'],
    ['time', '2024-05-07T08:09:10+01:00'],
    ['time', 'yesterday'],
    ['time', 1715069350],
    ['time', new Date(NaN)],
    ['minorversion', true],
    ['minorversion', NaN],
    ['minorversion', 1.5],
    ['minorversion', '1'],
    ['source', 1],
    ['source', '\ud800'],
    ['sourcehost', {}],
    ['sourcelib', []],
    ['sourcelib', '11.2.0'],
    ['sourcelib', [1, -2]],
    ['sourcelib', [1, 2.5]],
    ['sourcelib', [1, '2']],
    ['sourceLib', [1]],
    ['event_type', 'org.openedx.learning.certificate.created.v1'],
    ['type', 'org.openedx.learning.certificate.created.v1'],
  ])('%s %p is refused, and named', (field, value) => {
    const refused = () => make({ [field]: value });
    expect(refused).toThrow(InvalidMetadataError);
    expect(refused).toThrow(
      expect.objectContaining({ field, eventType: SESSION_LOGIN_COMPLETED.type }),
    );
  });

  it('may be the metadata of an earlier event of the same type', () => {
    const first = make();
    expect(make(first)).toEqual(first);
    // As the JSON of Python, and of the command, has it.
    const { type: event_type, ...others } = first;
    expect(make({ ...others, event_type } as never)).toEqual(first);
  });

  it('is not shared with the caller', () => {
    const sourcelib = [1, 2];
    const metadata = make({ sourcelib });
    sourcelib.push(3);
    expect(metadata.sourcelib).toEqual([1, 2]);
  });
});
