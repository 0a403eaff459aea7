import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pythonJson } from '../../../lib/codec/avro/avro-schema.js';
import { cli } from '../../support/cli.js';

const LOGIN = 'org.openedx.learning.auth.session.login.completed.v1';

describe('generate-avro-schemas', () => {
  it('writes one file for each event that can travel, named and laid out as the reference does', async () => {
    const out = join(mkdtempSync(join(tmpdir(), 'schemas-')), 'new');
    const { code, answers, log } = await cli(['generate-avro-schemas', '--out', out]);
    expect(code).toBe(0);
    expect(readdirSync(out)).toHaveLength(73);
    expect(answers).toHaveLength(73);
    expect(log.match(/Skipped/g)).toHaveLength(2);
    const file = join(out, 'org+openedx+learning+auth+session+login+completed+v1_schema.avsc');
    expect(answers).toContainEqual({ event_type: LOGIN, file });
    const text = readFileSync(file, 'utf8');
    expect(text.startsWith('{\n  "name": "CloudEvent",\n  "type": "record",\n  "doc": "Avro')).toBe(
      true,
    );
    expect(text.endsWith(`\n  "namespace": "${LOGIN}"\n}`)).toBe(true);
    const schema = JSON.parse(text);
    expect(Object.keys(schema)).toEqual(['name', 'type', 'doc', 'fields', 'namespace']);
    const sha = createHash('sha256').update(pythonJson(schema)).digest('hex');
    const vector = new URL(`../../vectors/data/events/${LOGIN}.json`, import.meta.url);
    const recorded = JSON.parse(readFileSync(vector, 'utf8')).schema as string;
    expect(sha).toBe(createHash('sha256').update(recorded).digest('hex'));
  });

  it('warns of the schemas that another implementation of Avro does not take, and prints them', async () => {
    const { code, answers, log } = await cli(['generate-avro-schemas']);
    expect(code).toBe(0);
    expect(answers).toHaveLength(73);
    // Avro takes no hyphen in a namespace.
    expect(log.match(/WARNING.*/g)).toEqual([
      expect.stringMatching(
        /^WARNING org\.openedx\.enterprise\.subsidy\.redemption-reversed\.v1: the schema is generated all the same, but avsc, a second Avro implementation, does not accept it: /,
      ),
    ]);
  });

  it('prints a single schema without --out', async () => {
    const { code, answers } = await cli(['generate-avro-schemas', '--type', LOGIN]);
    expect(code).toBe(0);
    expect(answers).toMatchObject([{ event_type: LOGIN, schema: { namespace: LOGIN } }]);
  });

  it('ends with 1 for a named event that is unknown or cannot travel', async () => {
    for (const [type, code] of [
      ['org.nope', 'UNKNOWN_EVENT'],
      [
        'org.openedx.content_authoring.course.certificate_config.changed.v1',
        'UNSERIALIZABLE_EVENT',
      ],
    ] as const) {
      const run = await cli(['generate-avro-schemas', '--type', type]);
      expect([run.code, run.answers[0].error.code]).toEqual([1, code]);
    }
  });
});
