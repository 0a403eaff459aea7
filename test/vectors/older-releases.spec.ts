import { codecFor } from '../../lib/codec/event-codec.js';
import { decodeBody } from '../../lib/consuming/processing/body-decoder.js';
import { EventCatalog } from '../../lib/events/event-catalog.js';
import { parseRelease } from '../../lib/events/event-metadata.js';
import { writingOf } from '../../lib/producing/event-preparer.js';
import {
  dataToday,
  keyThatIsNone,
  RECORDED_RELEASES,
  type RecordedRelease,
} from './history-vectors.js';

const catalog = EventCatalog.openEdx();

const named = <T extends { event_type: string; name?: string }>(
  of: (file: RecordedRelease) => readonly T[],
) =>
  RECORDED_RELEASES.flatMap((file) =>
    of(file).map((each): [string, string, T] => [
      `${file.openedx_events} ${each.event_type} ${each.name ?? ''}`.trim(),
      file.openedx_events,
      each,
    ]),
  );

describe('I-03, R-05: bodies that older releases wrote', () => {
  const bodies = named(({ written }) => written);

  it('are of eight releases', () => {
    expect(RECORDED_RELEASES).toHaveLength(8);
    expect(bodies).toHaveLength(81);
  });

  it.each(bodies)('%s', (_, release, { event_type, body_hex, ...written }) => {
    const codec = codecFor(catalog.require(event_type));
    const body = Buffer.from(body_hex, 'hex');
    const decode = () => decodeBody(codec, body, parseRelease(release), {});
    const noKey = keyThatIsNone(written.avro_record);
    if (noKey !== undefined) {
      const message: string = expect.stringContaining(`${noKey}: not a valid library`);
      expect(decode).toThrow(expect.objectContaining({ code: 'UNUSABLE_RECORD', message }));
      return;
    }
    const { data, warnings } = decode();
    expect(data).toStrictEqual(dataToday(written));
    expect(warnings).toEqual([]);
  });

  it.each(bodies)('%s: the same bytes from us', (_, release, { event_type, ...written }) => {
    const definition = catalog.require(event_type);
    const writing = writingOf(definition, release);
    const file = RECORDED_RELEASES.find(({ openedx_events }) => openedx_events === release)!;
    expect(writing.schema).toBe(file.schemas[event_type]);
    expect(writing.encode(written.avro_record, {} as never).toString('hex')).toBe(written.body_hex);
  });
});

describe('I-03: bodies that older releases read', () => {
  const bodies = named(({ read }) => read);

  it('are of every event whose layout changed since 7.2.0', () => expect(bodies).toHaveLength(14));

  it.each(bodies)('%s', (_, release, { event_type, input, body_hex, decoded }) => {
    const definition = catalog.require(event_type);
    const writing = writingOf(definition, release);
    expect(writing.encode(input, {} as never).toString('hex')).toBe(body_hex);
    expect(writing.release).toEqual(parseRelease(release));
    expect(withMoments(decoded)).toEqual(withMoments(asThen(input, decoded)));
  });
});

/** What was sent, without what the release did not know. */
function asThen(sent: any, then: any): any {
  if (typeof then !== 'object' || then === null || Array.isArray(then)) return sent;
  return Object.fromEntries(
    Object.keys(then).map((name) => [name, asThen(sent[name], then[name])]),
  );
}

/** Moments as milliseconds. */
function withMoments(value: any): any {
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value)) return Date.parse(value);
  if (Array.isArray(value)) return value.map(withMoments);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, withMoments(member)]),
  );
}
