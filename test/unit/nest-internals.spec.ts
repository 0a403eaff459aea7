import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TESTED_NEST } from '../../lib/nest-internals/required-internals.js';

const root = join(import.meta.dirname, '..', '..');

/** What only somebody who reaches inside Nest writes. */
const INSIDE =
  /'__(?!proto)\w+__'|\.distance =|applicationConfig|getRpcTargetRegistry|propagatesEventHandlerErrors|this\._status\$|isDependencyTree|\.injectables\b|\.providers\.|host\.metatype|\{ container \}|ContextCreator\.prototype/u;

const files = readdirSync(join(root, 'lib'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => ({ file, text: readFileSync(join(root, 'lib', file), 'utf8') }));

it('every file that reaches inside Nest says so in its first line, with the releases it was seen with', () => {
  const reaching = files.filter(({ text }) => INSIDE.test(text));
  expect(reaching.length).toBeGreaterThan(6);
  const releases = `// Reaches inside Nest (${TESTED_NEST.slice(0, -1).join(', ')} and ${TESTED_NEST.at(-1)}): `;
  const silent = reaching.filter(({ text }) => !text.startsWith(releases));
  expect(silent.map(({ file }) => file)).toEqual([]);
});

it('these are the releases that the tests run on', () => {
  const versions = join(root, 'test', 'nest-versions');
  const locks = [
    ...readdirSync(versions).map((version) => join(versions, version, 'package-lock.json')),
    join(root, 'package-lock.json'),
  ];
  const tested = locks
    .filter((lock) => existsSync(lock))
    .map((lock) => {
      const { packages } = JSON.parse(readFileSync(lock, 'utf8'));
      return packages['node_modules/@nestjs/core'].version;
    });
  expect(tested).toEqual([...TESTED_NEST]);
});
