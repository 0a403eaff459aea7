import { codecFor } from '../../../lib/codec/event-codec.js';
import { decodeBody } from '../../../lib/consuming/processing/body-decoder.js';
import {
  ConfigurationError,
  InvalidEventDataError,
  InvalidMetadataError,
  UnserializableEventError,
} from '../../../lib/errors/index.js';
import { contentAuthoring, COURSE_DISCUSSIONS_CHANGED } from '../../../lib/events/catalog/index.js';
import { randomData, randomSource } from '../codec/random-data.js';
import { closeAll, BODY, DATA, kit, THING } from '../../support/producer-kit.js';

afterEach(closeAll);

const EVENT = contentAuthoring.XBLOCK_DELETED;
const BLOCK = { usage_key: 'block-v1:a+b+c+type@html+block@x', block_type: 'html' };
const ON = { topic: 't' };
const OLD = codecFor(EVENT).encode({ xblock_info: BLOCK }).subarray(0, -1);

describe('I-03: writeAs', () => {
  it('of a send writes the layout, schema and sourcelib of that release', () => {
    const { producer } = kit();
    const data = { xblock_info: { ...BLOCK, version: null } };
    const [old] = producer.prepare(EVENT, data, { ...ON, writeAs: '8.2.0' });
    expect(Buffer.from(old!.body).equals(OLD)).toBe(true);
    expect(old!.metadata.sourcelib).toEqual([8, 2, 0]);
    expect(old!.schema).not.toContain('version');
    const read = decodeBody(codecFor(EVENT), old!.body, old!.metadata.sourcelib, {});
    expect(read.data).toEqual(data);
  });

  it('of the bus goes for every send but for those with their own', () => {
    const { producer } = kit({}, { settings: { writeAs: '8.2.0' } });
    const data = { xblock_info: BLOCK };
    const bodyOf = (writeAs?: string) => {
      const options = writeAs === undefined ? ON : { ...ON, writeAs };
      const [prepared] = producer.prepare(EVENT, data, options);
      return [prepared!.body.length - OLD.length, prepared!.metadata.sourcelib.join('.')];
    };
    expect(bodyOf()).toEqual([0, '8.2.0']);
    expect(bodyOf('8.3')).toEqual([1, '8.3']);
    expect(bodyOf('current')).toEqual([1, '11.2.0']);
    const [mine] = producer.prepare(THING, DATA, ON);
    expect([Buffer.from(mine!.body), mine!.metadata.sourcelib]).toEqual([BODY, [8, 2, 0]]);
  });

  it('refuses what the old layout would lose, with nothing sent', async () => {
    const { producer, publisher } = kit();
    const lost = producer.send(
      EVENT,
      { xblock_info: { ...BLOCK, version: BLOCK.usage_key } },
      { ...ON, writeAs: '8.2.0' },
    );
    const error: any = await lost.catch((thrown) => thrown);
    expect(error).toBeInstanceOf(InvalidEventDataError);
    expect(error.problems).toEqual([
      {
        path: 'xblock_info.version',
        message:
          'the field does not exist in the release given as writeAs, so it must have its default value (schema of openedx-events 4.1.0)',
      },
    ]);
    expect(error).toMatchObject({ eventType: EVENT.type, eventId: expect.any(String) });
    expect(error.message).not.toContain('type@html');
    expect(publisher.calls).toHaveLength(0);
  });

  it('takes fields that only the old layout has', () => {
    const { producer } = kit();
    const event = contentAuthoring.LIBRARY_COLLECTION_CREATED;
    const today = { collection_key: 'lib-collection:a:b:c' };
    const options = { ...ON, writeAs: '9.20.0' };
    const without = () => producer.prepare(event, { library_collection: today }, options);
    expect(without).toThrow(/library_collection.library_key: missing/);
    const then = { library_key: 'lib:a:b', collection_key: 'slug' };
    const [prepared] = producer.prepare(event, { library_collection: then }, options);
    const bytes = Buffer.from('\x0elib:a:b\x08slug\x00', 'latin1');
    expect(Buffer.from(prepared!.body)).toEqual(bytes);
  });

  it.each(['7.1.0', '11.2.1', '10.2.0rc1', '', 'newest', 10, null])(
    'refuses %j, which is no release that can be written for',
    (writeAs) => {
      const { producer } = kit();
      const prepare = () => producer.prepare(THING, DATA, { ...ON, writeAs: writeAs as string });
      if (writeAs === null) expect(prepare()).toHaveLength(1);
      else expect(prepare).toThrow(ConfigurationError);
    },
  );

  it('refuses an event that the release does not have', () => {
    const { producer } = kit({}, { settings: { writeAs: '10.2.0' } });
    const prepare = producer.prepare.bind(producer) as any;
    const type = 'org.openedx.authz.role_assignment.created';
    expect(() => prepare(type, {}, ON)).toThrow(UnserializableEventError);
    expect(() => prepare(type, {}, ON)).toThrow(
      /openedx-events 10\.2\.0 does not define this event/,
    );
    expect(() => prepare(type, {}, { ...ON, writeAs: 'current' })).toThrow(InvalidEventDataError);
  });
});

describe('a sourcelib that is given', () => {
  const prepare = (sourcelib: number[], writeAs?: string) => {
    const { producer } = kit();
    const options = { ...ON, metadata: { sourcelib }, ...(writeAs && { writeAs }) };
    return producer.prepare(EVENT, { xblock_info: BLOCK }, options)[0]!.metadata.sourcelib;
  };

  it('beside writeAs is refused where it is another release', () => {
    expect(() => prepare([8, 3, 0], '8.2.0')).toThrow(InvalidMetadataError);
  });

  it('is kept, as in the reference, whatever layout it stands for', () => {
    expect(prepare([8, 2, 0])).toEqual([8, 2, 0]);
    expect(prepare([8, 3, 0])).toEqual([8, 3, 0]);
    expect(prepare([12, 0, 0])).toEqual([12, 0, 0]);
    expect(prepare([8, 2], '8.2.0')).toEqual([8, 2, 0]);
  });

  it('is refused just where readers would take the body for another layout without any sign', () => {
    const { producer } = kit();
    const event = COURSE_DISCUSSIONS_CHANGED;
    const options = { ...ON, metadata: { sourcelib: [11, 0, 0] } };
    const below = randomSource(4);
    const seen = { refused: 0, kept: 0 };
    for (let n = 0; n < 300; n++) {
      const data = randomData(event, below);
      const read = () => decodeBody(codecFor(event), codecFor(event).encode(data), [11, 0, 0], {});
      if (read().warnings.length > 0) {
        expect(producer.prepare(event, data, options)).toHaveLength(1);
        seen.kept++;
      } else {
        expect(() => producer.prepare(event, data, options)).toThrow(/writeAs: '11\.0\.0'/);
        seen.refused++;
      }
    }
    expect(seen.refused).toBeGreaterThan(5);
    expect(seen.kept).toBeGreaterThan(200);
  });
});
