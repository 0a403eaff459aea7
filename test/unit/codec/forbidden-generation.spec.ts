import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

const PROGRAM = `
import { buildLib } from './bench/build-lib.mjs';
const lib = await buildLib(process.argv[1], 'common', 'errors', 'events', 'codec');
let forbidden = false;
try { new Function('') } catch { forbidden = true }
const { codecFor } = await import(new URL('codec/event-codec.js', lib));
const { EventCatalog } = await import(new URL('events/event-catalog.js', lib));
const codec = codecFor(EventCatalog.openEdx().require('org.openedx.content_authoring.course.created.v1'));
const body = codec.encode({ course: { course_key: 'course-v1:a+b+c' } });
let refused;
try { codec.decode(body.subarray(1)) } catch (error) { refused = error.code }
const fields = [{ name: 'extra', type: ['null', 'long', 'string'] }, { name: 'course_key', type: ['null', 'bytes', 'string'] }];
const course = { type: 'record', name: 'CourseData', fields };
const writer = { type: 'record', name: 'CloudEvent', fields: [{ name: 'course', type: course }] };
const other = codec.decode(Buffer.from('020e' + '041e636f757273652d76313a612b622b63', 'hex'), JSON.stringify(writer));
console.log(JSON.stringify({ forbidden, hex: body.toString('hex'), data: codec.decode(body), refused, other }));
`;

it('a process that forbids code from strings sends and receives all the same', () => {
  mkdirSync(join(ROOT, '.cache'), { recursive: true });
  const folder = mkdtempSync(join(ROOT, '.cache', 'codec-'));
  try {
    const output = execFileSync(
      process.execPath,
      ['--disallow-code-generation-from-strings', '--input-type=module', '-e', PROGRAM, folder],
      { cwd: ROOT, encoding: 'utf8' },
    );
    expect(JSON.parse(output)).toEqual({
      forbidden: true,
      hex: '1e636f757273652d76313a612b622b63',
      data: { course: { course_key: 'course-v1:a+b+c' } },
      refused: 'UNUSABLE_RECORD',
      other: { course: { course_key: 'course-v1:a+b+c' } },
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
