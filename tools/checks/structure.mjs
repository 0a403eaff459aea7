// No file over 500 lines, the generated catalogue aside; no imports in a circle or upward in lib; at most 90 names in the
// root entry; no `eslint-disable` without a reason behind `--`; no package that we chose wants a newer Node than we declare.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { entryNames } from './entry-names.mjs';
import { importProblems } from './imports.mjs';

const MOST_LINES = 500;
const MOST_NAMES = 90;
/** Of Nest 12 itself, which loads it for `FileTypeValidator` alone. */
const ACCEPTED = new Set(['node_modules/file-type']);

const all = execFileSync('git', ['ls-files', '*.ts', '*.mjs', '*.py'], { encoding: 'utf8' }).split(
  '\n',
);
const files = all.filter(
  (file) =>
    file && !file.startsWith('lib/events/catalog/') && !file.endsWith('open-edx-event-map.ts'),
);
const sizes = files.map((file) => ({
  file,
  lines: readFileSync(file, 'utf8').split('\n').length - 1,
}));
const tooLong = sizes.filter(({ lines }) => lines > MOST_LINES);
console.log(`${sizes.length} files, longest ${Math.max(...sizes.map((s) => s.lines))} lines`);
for (const { file, lines } of tooLong)
  console.error(`over ${MOST_LINES} lines: ${file} (${lines})`);

const unexplained = execFileSync('git', ['grep', '-nE', 'eslint-disable', '--', '*.ts', '*.mjs'], {
  encoding: 'utf8',
})
  .split('\n')
  .filter((line) => /\/[/*] eslint-disable/.test(line) && !line.includes(' -- '));
for (const line of unexplained) console.error(`eslint-disable without a reason: ${line}`);

const wrongImports = importProblems(all.filter((file) => /^lib\/.*\.ts$/.test(file)));
for (const problem of wrongImports) console.error(problem);

const names = entryNames('lib/index.ts');
console.log(`the root entry exports ${names.length} names`);
const tooManyNames = names.slice(MOST_NAMES);
if (tooManyNames.length > 0)
  console.error(`over ${MOST_NAMES} names in lib/index.ts: ${names.join(', ')}`);

const { satisfies, minVersion } = createRequire(import.meta.url)('semver');
const read = (file) => JSON.parse(readFileSync(file, 'utf8'));
const lowest = minVersion(read('package.json').engines.node);
const tooNew = Object.entries(read('package-lock.json').packages).filter(
  ([name, { engines, optional }]) =>
    engines?.node && !optional && !ACCEPTED.has(name) && !satisfies(lowest, engines.node),
);
for (const [name, { engines }] of tooNew)
  console.error(`not for Node ${lowest}: ${name} wants ${engines.node}`);
const problems = [tooLong, unexplained, wrongImports, tooManyNames, tooNew];
process.exit(problems.some(({ length }) => length > 0) ? 1 : 0);
