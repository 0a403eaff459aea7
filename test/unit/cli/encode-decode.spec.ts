import { readdirSync, readFileSync } from 'node:fs';
import { codecFor } from '../../../lib/codec/event-codec.js';
import { EventCatalog } from '../../../lib/events/event-catalog.js';
import { cli } from '../../support/cli.js';

const LOGIN = 'org.openedx.learning.auth.session.login.completed.v1';
const vectors = new URL('../../vectors/data/events/', import.meta.url);

/** A sample of every event, as recorded from the reference. */
const samples = readdirSync(vectors)
  .filter((file) => file.endsWith('.json'))
  .flatMap((file) => {
    const vector = JSON.parse(readFileSync(new URL(file, vectors), 'utf8'));
    return (vector.samples ?? []).map((sample: any) => ({ type: vector.event_type, ...sample }));
  })
  .filter((sample: any) => sample.body_hex !== undefined);

describe('encode and decode', () => {
  it('give the bytes of the reference, and the data back, one answer a line in order', async () => {
    expect(samples.length).toBeGreaterThan(70);
    const input = samples.map((s: any) =>
      JSON.stringify({ event_type: s.type, data: s.avro_record }),
    );
    const encoded = await cli(['encode'], { stdin: input.join('\n') });
    expect(encoded.code).toBe(0);
    expect(encoded.answers.map((a) => a.hex)).toEqual(samples.map((s: any) => s.body_hex));

    const bodies = samples.map((s: any) => JSON.stringify({ event_type: s.type, hex: s.body_hex }));
    const decoded = await cli(['decode'], { stdin: `${bodies.join('\n')}\n` });
    expect(decoded.answers.map((a) => a.data)).toEqual(samples.map((s: any) => s.avro_record));
  });

  it('answer every bad line with an error, in its place, and end with 0', async () => {
    const good = JSON.stringify({
      event_type: 'org.openedx.content_authoring.content_library.created.v1',
      data: { content_library: { library_key: 'lib:A:b' } },
    });
    const lines = [
      good,
      '',
      '{',
      '[]',
      '{"data":{}}',
      '{"event_type":"org.nope","data":{}}',
      JSON.stringify({ event_type: LOGIN, data: { user: {} } }),
      '{"event_type":"org.openedx.content_authoring.course.certificate_config.changed.v1","data":{}}',
      good,
    ];
    const bytes = Buffer.concat([
      Buffer.from(`${lines.join('\r\n')}\n`),
      Buffer.from([0xff, 0x0a]),
    ]);
    const { code, answers } = await cli(['encode'], { stdin: bytes });
    expect(code).toBe(0);
    expect(answers.map((a) => a.error?.code ?? 'fine')).toEqual([
      'fine',
      'INVALID_DATA',
      'INVALID_DATA',
      'USAGE',
      'USAGE',
      'UNKNOWN_EVENT',
      'INVALID_DATA',
      'UNSERIALIZABLE_EVENT',
      'fine',
      'USAGE',
    ]);
    expect(answers[6].error).toMatchObject({
      event_type: LOGIN,
      problems: expect.arrayContaining([expect.objectContaining({ path: 'user.id' })]),
    });
  });

  it('decode answers what is no event with an error', async () => {
    const line = (hex: unknown) => JSON.stringify({ event_type: LOGIN, hex });
    const { answers } = await cli(['decode'], { stdin: ['', 'f6', 'zz', 1].map(line).join('\n') });
    expect(answers.map((a) => a.error.code)).toEqual([
      'UNUSABLE_RECORD',
      'UNUSABLE_RECORD',
      'USAGE',
      'USAGE',
    ]);
  });

  it.each([
    '['.repeat(5_000) + ']'.repeat(5_000),
    `[${'[1,'.repeat(3_000)}1${']'.repeat(3_000)}]`,
    '[{"toString":1}]',
    '[{"toString":null,"valueOf":null}]',
    '[[9,14],0]',
    '[9.5]',
    '[-1]',
    '[true]',
    '[1,2,3,4,5]',
    '{"join":1}',
    '9',
  ])('a sourcelib that is no release is a usage error: %#', async (sourcelib) => {
    const line = `{"event_type":"${LOGIN}","hex":"00","sourcelib":${sourcelib}}`;
    const { answers } = await cli(['decode'], { stdin: line });
    expect(answers).toHaveLength(1);
    // Beyond what the stack holds the line itself is refused.
    expect(answers[0].error.code).toMatch(
      sourcelib.length > 5_000 ? /USAGE|INVALID_DATA/ : /USAGE/,
    );
  });

  it('R-05: decode reads a body in the layout of its sourcelib', async () => {
    const event_type = 'org.openedx.content_authoring.xblock.deleted.v1';
    const usage_key = 'lb:o:l:t:i';
    const { answers: encoded } = await cli(['encode'], {
      stdin: JSON.stringify({
        event_type,
        data: { xblock_info: { usage_key, block_type: 'b' } },
      }),
    });
    const today = encoded[0].hex;
    const before = today.slice(0, -2);
    const lines = [
      { hex: before, sourcelib: '8.2.0' },
      { hex: before, sourcelib: [8, 2, 0] },
      { hex: today, sourcelib: '8.3.0' },
      { hex: today, sourcelib: '11.3.0' },
      { hex: `${today}02`, sourcelib: '11.3.0' },
      { hex: before, sourcelib: '8.3.0' },
      { hex: before, sourcelib: '11.3.0' },
      { hex: before, sourcelib: null },
      { hex: before, sourcelib: 'newest' },
      { hex: before, sourcelib: 8 },
      { hex: before },
    ].map((line) => JSON.stringify({ event_type, ...line }));
    const { answers } = await cli(['decode'], { stdin: lines.join('\n') });
    const data = { xblock_info: { usage_key, block_type: 'b', version: null } };
    expect(answers.slice(0, 4)).toEqual([
      { data, writer_release: '4.1.0' },
      { data, writer_release: '4.1.0' },
      { data },
      { data },
    ]);
    expect(answers[4]).toEqual({
      data,
      warnings: [expect.stringMatching(/after the end of the event were ignored.*11\.3\.0/)],
    });
    expect(answers.slice(5).map(({ error }) => error.code)).toEqual([
      'UNUSABLE_RECORD',
      'UNSUPPORTED_SCHEMA',
      'UNSUPPORTED_SCHEMA',
      'USAGE',
      'USAGE',
      'UNUSABLE_RECORD',
    ]);
  });

  it('carry line separators inside texts, and integers beyond 2^53', async () => {
    const type = 'org.openedx.enterprise.subsidy.redeemed.v1';
    const data = {
      redemption: { subsidy_identifier: 'a\u2028b', content_key: 'c', lms_user_id: 0 },
    };
    const text = JSON.stringify({ event_type: type, data }).replace(
      '"lms_user_id":0',
      '"lms_user_id":{"$long":"9223372036854775807"}',
    );
    const { answers } = await cli(['encode'], { stdin: text });
    const codec = codecFor(EventCatalog.openEdx().require(type));
    const expected = { ...data.redemption, lms_user_id: 9223372036854775807n };
    expect(answers[0].hex).toBe(codec.encode({ redemption: expected }).toString('hex'));
    const back = await cli(['decode'], {
      stdin: JSON.stringify({ event_type: type, ...answers[0] }),
    });
    expect(back.answers[0].data.redemption).toMatchObject({
      subsidy_identifier: 'a\u2028b',
      lms_user_id: { $long: '9223372036854775807' },
    });
  });
});
